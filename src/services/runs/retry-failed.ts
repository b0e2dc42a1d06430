import { setTimeout as pause } from 'node:timers/promises'
import type { Actor, Operator } from '../../domain/actor.js'
import type { ExportErrorCode } from '../../domain/errors.js'
import type { Run } from '../../domain/run.js'
import { type Outcome, refused } from '../outcome.js'
import type { UserError } from '../user-error.js'
import type { RunsDependencies } from './dependencies.js'
import { retryRun } from './retry.js'

/** Which tenants' last runs are retried: those that ended FAILED or PARTIALLY_FAILED. Redeliveries do not count. */
export interface FailedRunsRequest {
  /** Only this tenant. */
  readonly tenantId?: string | null | undefined
  /** Only runs that ended at this time or later. */
  readonly since?: Date | null | undefined
  /** Only runs with this code, in the run or in one of its entities. */
  readonly code?: ExportErrorCode | null | undefined
  /** Only tenants whose id comes after this one: the `next` of the call before. */
  readonly after?: string | null | undefined
}

/** What became of the failed run of one tenant. */
export interface RetryLine {
  readonly tenantId: string
  /** The run that failed; null if the tenant has no failed run as requested. */
  readonly failedRun: Run | null
  /** The run that was started; null if none was. */
  readonly run: Run | null
  /** Why no run was started. */
  readonly userErrors: readonly UserError[]
}

export interface RetryLines {
  /** In the order of the tenants' ids. */
  readonly lines: readonly RetryLine[]
  /** The last tenant of this call, if there may be more; null if there are no more. */
  readonly next: string | null
}

/** At most this many tenants in one call, so that a call ends within a minute. */
export const mostTenantsRetried = 100

/** Between two starts, so that the source and the SFTP server recover gently. */
const pauseMs = 100

/** Starts a run of what failed for each tenant whose last run failed, one after the other. */
export async function retryFailed(
  deps: RunsDependencies,
  operator: Actor | Operator,
  request: FailedRunsRequest,
): Promise<RetryLines> {
  const { tenantId, since, code, after } = request
  const which = { since, code, after: after ?? '', atMost: mostTenantsRetried }
  const tenants = tenantId == null ? await deps.runs.tenantsWithFailedRuns(which) : [tenantId]
  const lines: RetryLine[] = []
  for (const each of tenants) {
    const line = await retryLast(deps, { ...operator, tenantId: each, isOperator: true }, request)
    lines.push(line)
    // The next tenants would fail alike, and each would get one more failed run.
    if (line.userErrors.some((error) => error.code === 'TEMPORAL_UNAVAILABLE')) return { lines, next: null }
    if (line.run) await pause(pauseMs)
  }
  const isFull = tenantId == null && tenants.length === mostTenantsRetried
  return { lines, next: isFull ? (tenants.at(-1) ?? null) : null }
}

async function retryLast(deps: RunsDependencies, actor: Actor, request: FailedRunsRequest): Promise<RetryLine> {
  const { tenantId } = actor
  const failedRun = await deps.runs.lastExport(tenantId)
  if (!failedRun || !isMeant(failedRun, request)) {
    return lineOf(tenantId, null, refused('NOTHING_FAILED', 'The last run of the tenant did not fail in this way.'))
  }
  return lineOf(tenantId, failedRun, await retryRun(deps, actor, failedRun.id))
}

function lineOf(tenantId: string, failedRun: Run | null, outcome: Outcome<Run>): RetryLine {
  if (outcome.ok) return { tenantId, failedRun, run: outcome.value, userErrors: [] }
  return { tenantId, failedRun, run: null, userErrors: outcome.userErrors }
}

function isMeant({ status, finishedAt, error, entities }: Run, { since, code }: FailedRunsRequest): boolean {
  if (status !== 'FAILED' && status !== 'PARTIALLY_FAILED') return false
  if (since != null && (finishedAt === null || finishedAt < since)) return false
  if (code == null || error?.code === code) return true
  return entities.some((entity) => entity.status === 'FAILED' && entity.error?.code === code)
}
