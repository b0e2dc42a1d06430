import { type Described, namesOf } from './described.js'

/**
 * The steps of one attempt to export an entity, in their order, each named after what is about to happen. The attempt's progress
 * and its heartbeats show the step that it is at.
 */
export const entitySteps = {
  claim: 'The attempt takes the right to publish the entity.',
  connect: 'The attempt opens a session with the SFTP server.',
  tidy: 'The attempt removes temporary files of earlier attempts.',
  read: 'The attempt opens the snapshot of the source.',
  upload: 'The attempt reads rows, and writes them to a temporary file on the SFTP server.',
  intend: 'The temporary file is complete. The attempt records what it is about to publish.',
  withdraw: "The attempt removes the day's manifest if one is published.",
  rename: 'The attempt gives the file its final name.',
  record: 'The attempt records the delivery, and moves the watermark.',
} as const satisfies Described
export type EntityStep = keyof typeof entitySteps

/**
 * The steps of a run in their order. Between any two of them a process can die, a line can break, a disk can fill up: the fault
 * tests stop a run at each one.
 */
export const runSteps = [
  /** planRun: completing or discarding pending publications, reading registration and watermarks. */
  'plan',
  /** planRun: recording the run with its plan. */
  'begin',
  /** exportEntity, and exportSmallFiles for all of its entities together. */
  ...namesOf(entitySteps),
  /** publishManifest: writing the hidden manifest. */
  'write manifest',
  /** publishManifest: giving the manifest its final name. */
  'rename manifest',
  /** publishManifest: recording the manifest as published. */
  'record manifest',
  /** publishManifest: writing the hidden index, after the manifests. */
  'write index',
  /** publishManifest: giving the index its final name. */
  'rename index',
  /** publishManifest: recording the index as written. */
  'record index',
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
