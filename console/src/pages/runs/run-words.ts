import type {
  DeliveryTestStatus,
  DeliveryTestStepName,
  ExportRunEntityStatus,
  ExportRunStatus,
  ExportRunTrigger,
  ExportStep,
} from '../../gql/graphql'

/** The words for what runs are and do. */

interface StatusWord {
  readonly word: string
  readonly tone: 'good' | 'bad' | 'warn' | 'busy' | 'neutral'
}

export const runStatuses: Readonly<Record<ExportRunStatus, StatusWord>> = {
  QUEUED: { word: 'Queued', tone: 'busy' },
  RUNNING: { word: 'Running', tone: 'busy' },
  SUCCEEDED: { word: 'Succeeded', tone: 'good' },
  PARTIALLY_FAILED: { word: 'Partly failed', tone: 'warn' },
  FAILED: { word: 'Failed', tone: 'bad' },
  CANCELLED: { word: 'Cancelled', tone: 'neutral' },
}

export const runStatusChoices = (Object.keys(runStatuses) as ExportRunStatus[]).map((value) => ({
  value,
  label: runStatuses[value].word,
}))

export function isRunStatus(value: unknown): value is ExportRunStatus {
  return typeof value === 'string' && Object.hasOwn(runStatuses, value)
}

/** Whether a run still changes. */
export function isUnfinished(status: ExportRunStatus): boolean {
  return status === 'QUEUED' || status === 'RUNNING'
}

export const triggerWords: Readonly<Record<ExportRunTrigger, string>> = {
  SCHEDULED: 'By the schedule',
  MANUAL: 'Requested',
  REDELIVERY: 'Redelivery of past files',
  RETRY: 'Retry of what failed',
}

/** Why there is a run, and who requested it: `Requested by ana@acme.example`. */
export function originOf(trigger: ExportRunTrigger, requestedBy: string | null | undefined): string {
  if (requestedBy == null) return triggerWords[trigger]
  return `${triggerWords[trigger]}${trigger === 'MANUAL' ? '' : ', requested'} by ${requestedBy}`
}

export const entityStatuses: Readonly<Record<ExportRunEntityStatus, StatusWord>> = {
  PENDING: { word: 'Not begun', tone: 'neutral' },
  RUNNING: { word: 'In progress', tone: 'busy' },
  PUBLISHED: { word: 'Published', tone: 'good' },
  SKIPPED: { word: 'Already published', tone: 'neutral' },
  FAILED: { word: 'Failed', tone: 'bad' },
  CANCELLED: { word: 'Cancelled', tone: 'neutral' },
}

export const stepWords: Readonly<Record<ExportStep, string>> = {
  CLAIM: 'takes the right to publish',
  CONNECT: 'connects to the SFTP server',
  TIDY: 'removes temporary files of earlier attempts',
  READ: 'opens the snapshot of the source',
  UPLOAD: 'reads rows and writes the file',
  INTEND: 'checks the complete file',
  WITHDRAW: "removes the day's manifest, which is written again at the end",
  RENAME: 'gives the file its final name',
  RECORD: 'records the delivery',
}

export const testSteps: Readonly<Record<DeliveryTestStepName, string>> = {
  WORKER: 'A worker takes the test',
  SFTP_RESOLVE: 'The host name of the SFTP server has an address',
  SFTP_CONNECT: 'The SFTP server accepts a connection',
  SFTP_HOST_KEY: 'The SFTP server presents a known host key',
  SFTP_LOGIN: 'The SFTP server accepts the login',
  SFTP_FOLDER: 'Your folder exists',
  SFTP_WRITE: 'A file can be written',
  SFTP_RENAME: 'The file can be renamed',
  SFTP_REMOVE: 'The file can be removed',
  SFTP_SPACE: 'The SFTP server has space left',
  SOURCE_CONNECT: 'The source database accepts the login',
  SOURCE_RIGHTS: 'All tables of your entities can be read',
  SOURCE_TRIGGER: 'Changes of the tables are recorded',
  SOURCE_INDEX: 'Indexes serve the reads',
}

export const testStatuses: Readonly<Record<DeliveryTestStatus, StatusWord>> = {
  OK: { word: 'OK', tone: 'good' },
  WARNING: { word: 'Warning', tone: 'warn' },
  FAILED: { word: 'Failed', tone: 'bad' },
  SKIPPED: { word: 'Skipped', tone: 'neutral' },
}

interface RunWithEntities {
  readonly error?: { readonly message: string } | null
  readonly waitingFor?: { readonly message: string } | null
  readonly entities: readonly {
    readonly internalName: string
    readonly status: ExportRunEntityStatus
    readonly error?: { readonly message: string } | null
    readonly entity?: { readonly displayName: string } | null
  }[]
}

/** In one line, why a run waits or failed: its own reason, or the first one of its entities. Undefined if all is well. */
export function troubleOf({ error, waitingFor, entities }: RunWithEntities): string | undefined {
  if (waitingFor) return `Waits: ${waitingFor.message}`
  if (error) return error.message
  const failed = entities.filter((entity) => entity.status === 'FAILED')
  const [first] = failed
  if (!first) return undefined
  const others = failed.length > 1 ? ` (and ${failed.length - 1} more)` : ''
  return `${nameOf(first)}${others}: ${first.error?.message ?? 'It failed.'}`
}

/** The display name of an entity, or its internal name if the catalog no longer has it. */
export function nameOf(entity: {
  readonly internalName: string
  readonly entity?: { readonly displayName: string } | null
}): string {
  return entity.entity?.displayName ?? entity.internalName
}
