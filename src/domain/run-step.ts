/**
 * The steps of a run in their order, each named after what is about to happen. Between any two of them a process can
 * die, a line can break, a disk can fill up: the fault tests go through them one by one, and an engineer sees in the
 * heartbeat which one an attempt is at.
 */
export const runSteps = [
  /** planRun: settling what an earlier run left, reading registration and watermarks. */
  'plan',
  /** planRun: putting the run with its plan on record. */
  'begin',
  /** exportEntity: taking the claim, noting our first hidden file where nothing was left behind. */
  'claim',
  /** exportEntity: a session with the SFTP server. */
  'connect',
  /** exportEntity: removing hidden files that earlier attempts left; then noting our own. */
  'tidy',
  /** exportEntity: opening the snapshot. */
  'read',
  /** exportEntity: writing the hidden file. */
  'upload',
  /** exportEntity: the hidden file is whole; recording what is about to be published. */
  'intend',
  /** exportEntity: removing the day's manifest, where one is published. */
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

/** What a step belongs to: ids alone. */
export interface StepSubject {
  readonly tenantId: string
  readonly runId?: string
  /** Internal name. */
  readonly entity?: string
}

/** Hears of each step before it is taken; the step waits for the answer, and fails with it. */
export type OnStep = (step: RunStep, subject: StepSubject) => Promise<void> | void
