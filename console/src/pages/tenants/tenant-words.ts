import type { TenantLineFragment } from '../../gql/graphql'

type Tone = 'good' | 'bad' | 'warn' | 'neutral'

/** One thing to know about the export of a tenant. */
export interface TenantStateWord {
  readonly word: string
  readonly tone: Tone
  /** Since when it is so. Null if it is not known, or does not matter. */
  readonly since: string | null
}

type Known = Pick<
  TenantLineFragment,
  | 'overdue'
  | 'overdueSince'
  | 'failingSince'
  | 'pausedAt'
  | 'pausedNote'
  | 'exportOption'
  | 'scheduleState'
  | 'lastSuccessAt'
  | 'unfetchedSince'
>

/** The states of a tenant's export, the most urgent first. There is always at least one. */
export function tenantStates(tenant: Known): readonly [TenantStateWord, ...TenantStateWord[]] {
  const [first, ...others] = troublesOf(tenant)
  return first === undefined ? [calmState(tenant)] : [first, ...others]
}

function troublesOf(tenant: Known): TenantStateWord[] {
  const { overdue, overdueSince, failingSince, pausedAt, pausedNote, exportOption, scheduleState } = tenant
  const { unfetchedSince } = tenant
  const isPaused = pausedAt != null || pausedNote != null
  return [
    ...(overdue ? [{ word: 'Overdue', tone: 'bad', since: overdueSince ?? null } as const] : []),
    ...(failingSince == null ? [] : [{ word: 'Failing', tone: 'bad', since: failingSince } as const]),
    ...(exportOption === 'DISABLE_EXPORT' ? [{ word: 'Disabled', tone: 'neutral', since: null } as const] : []),
    ...(isPaused ? [{ word: 'Paused', tone: 'warn', since: pausedAt ?? null } as const] : []),
    ...(unfetchedSince == null ? [] : [{ word: 'Not fetched', tone: 'warn', since: unfetchedSince } as const]),
    ...(scheduleState === 'PENDING' ? [{ word: 'Schedule pending', tone: 'warn', since: null } as const] : []),
  ]
}

function calmState({ lastSuccessAt }: Known): TenantStateWord {
  return lastSuccessAt == null
    ? { word: 'No file yet', tone: 'neutral', since: null }
    : { word: 'Up to date', tone: 'good', since: null }
}

type Caused = Pick<TenantLineFragment, 'cause' | 'scheduleError' | 'pausedNote'>

/** Why a tenant is not up to date, in one line. Undefined if nothing is known to be wrong. */
export function causeOf({ cause, scheduleError, pausedNote }: Caused): string | undefined {
  if (cause != null) return `${cause.code}: ${cause.message}`
  if (scheduleError != null) return `The schedule was not updated: ${scheduleError}`
  return pausedNote == null ? undefined : `Paused in Temporal: ${pausedNote}`
}

export type TenantAct = 'run' | 'retry' | 'pause' | 'resume'

export const actWords: Readonly<Record<TenantAct, string>> = {
  run: 'Run now',
  retry: 'Retry what failed',
  pause: 'Pause the export',
  resume: 'Resume the export',
}

type Acted = Pick<
  TenantLineFragment,
  'exportOption' | 'pausedAt' | 'pausedNote' | 'lastRunId' | 'lastRunStatus' | 'activeEntities'
>

/** The acts that make sense for a tenant now. */
export function actsOf(tenant: Acted): readonly TenantAct[] {
  const { exportOption, pausedAt, pausedNote, lastRunId, lastRunStatus, activeEntities } = tenant
  const isDisabled = exportOption === 'DISABLE_EXPORT'
  const isPaused = pausedAt != null || pausedNote != null
  const hasFailed = lastRunId != null && lastRunStatus != null && lastRunStatus !== 'SUCCEEDED'
  return [
    ...(isDisabled || activeEntities === 0 ? [] : (['run'] as const)),
    ...(hasFailed && !isDisabled ? (['retry'] as const) : []),
    ...(isPaused ? (['resume'] as const) : isDisabled ? [] : (['pause'] as const)),
  ]
}

interface Process {
  readonly kind: 'API' | 'WORKER'
  readonly isAlive: boolean
}

/** The processes that respond: `2 of 3 workers`. */
export function aliveWords(processes: readonly Process[], kind: Process['kind']): string {
  const all = processes.filter((process) => process.kind === kind)
  const alive = all.filter(({ isAlive }) => isAlive).length
  const name = kind === 'API' ? 'API' : all.length === 1 ? 'worker' : 'workers'
  return alive === all.length ? `${alive} ${name}` : `${alive} of ${all.length} ${name}`
}
