/**
 * The steps of a run in their order, each named after what is about to happen. Between any two of them a process can die, a
 * line can break, a disk can fill up: the fault tests stop a run at each one. The heartbeat of an exportEntity activity shows
 * the step that its attempt is at.
 */
export const runSteps = [
  /** planRun: completing or discarding pending publications, reading registration and watermarks. */
  'plan',
  /** planRun: recording the run with its plan. */
  'begin',
  /** exportEntity: taking the claim; recording its first hidden path if no stale hidden file is on record. */
  'claim',
  /** exportEntity: a session with the SFTP server. */
  'connect',
  /** exportEntity: removing hidden files of earlier attempts; then recording its own hidden path. */
  'tidy',
  /** exportEntity: opening the snapshot. */
  'read',
  /** exportEntity: writing the hidden file. */
  'upload',
  /** exportEntity: the hidden file is whole; recording what is about to be published. */
  'intend',
  /** exportEntity: removing the day's manifest if one is published. */
  'withdraw',
  /** exportEntity: giving the file its final name. */
  'rename',
  /** exportEntity: recording the delivery as published and moving the watermark. */
  'record',
  /** publishManifest: writing the hidden manifest. */
  'write manifest',
  /** publishManifest: giving the manifest its final name. */
  'rename manifest',
  /** publishManifest: recording the manifest as published. */
  'record manifest',
  /** finishRun: recording how the run ended. */
  'finish',
] as const
export type RunStep = (typeof runSteps)[number]

/** What a step belongs to: only ids. */
export interface StepSubject {
  readonly tenantId: string
  readonly runId?: string
  /** Internal name. */
  readonly entity?: string
}

/** What a step of an entity's window belongs to. */
export function stepOf({ tenantId, runId, entity }: Required<StepSubject>): StepSubject {
  return { tenantId, runId, entity }
}

/** Is called before each step. The step waits for it, and fails if it fails. */
export type OnStep = (step: RunStep, subject: StepSubject) => Promise<void> | void
