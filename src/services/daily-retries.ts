import type { RegistrationStore } from '../database/registration-store.js'
import type { RunStore } from '../database/run-store.js'
import type { StoredRegistration } from '../database/unit-of-work/tenant-registration.js'
import { type Actor, systemActor } from '../domain/actor.js'
import { calendarOf, nextBoundary } from '../domain/calendar.js'
import { ExportError, isUnavailable } from '../domain/errors.js'
import type { Run } from '../domain/run.js'
import type { Events } from '../telemetry/events.js'
import type { Outcome } from './outcome.js'
import type { Runs } from './runs/runs.js'
import type { WatchStep } from './watch.js'

const dayMs = 24 * 60 * 60 * 1000

export interface DailyRetriesDependencies {
  readonly registrations: Pick<RegistrationStore, 'find'>
  readonly runStore: Pick<RunStore, 'tenantsWithFailedRuns'>
  readonly runs: Pick<Runs, 'page' | 'retry' | 'start'>
  readonly events: Pick<Events, 'dailyRetryFailed'>
  readonly now?: () => Date
}

/**
 * Retries the last run of each tenant if it failed at least a day ago, and the next scheduled run is further than a day
 * away: a weekly or monthly tenant does not wait for weeks. Paused and disabled exports stay as they are. Several processes may
 * do so at once, since a tenant has only one requested run.
 * @throws ExportError TEMPORAL_UNAVAILABLE, DATABASE_UNAVAILABLE
 */
export function createDailyRetries(deps: DailyRetriesDependencies): (signal: AbortSignal) => Promise<void> {
  const { now = () => new Date() } = deps
  return async (signal) => {
    const before = new Date(now().getTime() - dayMs)
    for (const tenantId of await deps.runStore.tenantsWithFailedRuns({ before, after: '', atMost: null })) {
      if (signal.aborted) return
      try {
        await retry(deps, tenantId, now())
      } catch (error) {
        if (isUnavailable(error)) throw error
        deps.events.dailyRetryFailed(tenantId, error)
      }
    }
  }
}

/** The retries as a step of the watch loop. A step is short: what it does not come to, the next one does. */
export function dailyRetriesStep(deps: DailyRetriesDependencies): WatchStep {
  return { name: 'daily-retries', everySeconds: 600, run: createDailyRetries(deps) }
}

async function retry(deps: DailyRetriesDependencies, tenantId: string, at: Date): Promise<void> {
  const stored = await deps.registrations.find(tenantId)
  if (!stored || !isDue(stored, at)) return
  const started = await retryLast(deps, systemActor(tenantId))
  if (!started || started.ok) return
  const [refusal] = started.userErrors
  if (refusal?.code === 'TEMPORAL_UNAVAILABLE') throw new ExportError(refusal.code, refusal.message)
  // Another run has begun since, which covers what has failed.
  if (refusal?.code !== 'RUN_IN_PROGRESS') deps.events.dailyRetryFailed(tenantId, new Error(refusal?.message))
}

/** Retries what the last run did not publish. If that is no longer all active, it starts a run of what is active. */
async function retryLast({ runs }: DailyRetriesDependencies, actor: Actor): Promise<Outcome<Run> | undefined> {
  const { edges } = await runs.page(actor, { first: 10 })
  const last = edges.find(({ node }) => node.trigger !== 'REDELIVERY')?.node
  if (!last) return undefined
  const retried = await runs.retry(actor, last.id)
  const isInactive = !retried.ok && retried.userErrors.some(({ code }) => code === 'ENTITIES_INACTIVE')
  return isInactive ? runs.start(actor) : retried
}

function isDue({ registration, pausedAt }: StoredRegistration, at: Date): boolean {
  if (registration.exportOption === 'DISABLE_EXPORT' || pausedAt) return false
  return nextBoundary(calendarOf(registration), at).getTime() - at.getTime() > dayMs
}
