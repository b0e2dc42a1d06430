import type { Affected } from '../domain/incident.js'
import type { OverdueEvents } from './events/overdue-events.js'
import type { Incidents } from './incidents.js'
import type { TenantState, Tenants } from './tenants.js'
import type { WatchStep } from './watch.js'

export interface TenantWatchDependencies {
  readonly tenants: Pick<Tenants, 'list'>
  readonly incidents: Pick<Incidents, 'observe'>
  readonly overdueEvents: OverdueEvents
}

const everySeconds = 30

/** Finds exports that are late, that were left paused, or whose schedule has missed runs. It looks at the ledger, not at runs. */
export function tenantWatch({ tenants, incidents, overdueEvents }: TenantWatchDependencies): WatchStep {
  return {
    name: 'tenants',
    everySeconds,
    run: async (signal) => {
      const all = await tenants.list()
      await incidents.observe('EXPORT_OVERDUE', null, affected(all, 'overdue', overdueMessage))
      await incidents.observe('EXPORT_LEFT_PAUSED', null, affected(all, 'isLeftPaused', pausedMessage))
      await incidents.observe('SCHEDULE_MISSED_RUNS', null, affected(all, 'hasMissedRuns', missedMessage))
      await overdueEvents.keep(
        all.filter(({ overdue }) => overdue),
        signal,
      )
    },
  }
}

function affected(
  all: readonly TenantState[],
  is: 'overdue' | 'isLeftPaused' | 'hasMissedRuns',
  messageOf: (tenant: TenantState) => string,
): Affected[] {
  return all
    .filter((tenant) => tenant[is])
    .map((tenant) => ({
      tenantId: tenant.tenantId,
      entity: null,
      since: tenant.oldestWatermark,
      message: messageOf(tenant),
    }))
}

function overdueMessage(tenant: TenantState): string {
  return `The files of ${tenant.tenantId} were expected by ${tenant.expectedBy?.toISOString()}. ${reason(tenant)}`
}

/** What is known of why nothing was published, the most specific first. */
function reason({ pausedNote, scheduleState, cause, failingSince, runningRunId, queuedRunId }: TenantState): string {
  if (pausedNote !== null) return `An operator has paused the schedule in Temporal: ${pausedNote || 'without a note'}.`
  if (cause && failingSince) return `Runs fail since ${failingSince.toISOString()}: ${cause.code}: ${cause.message}`
  if (runningRunId !== null) return `Run ${runningRunId} is in progress.`
  if (queuedRunId !== null) return `Run ${queuedRunId} is queued, and no worker has begun it.`
  if (scheduleState === 'PENDING') return 'The schedule in Temporal does not match the registration yet.'
  return 'No run has failed: Temporal has not started one, or no worker takes its tasks.'
}

function pausedMessage({ tenantId, pausedAt }: TenantState): string {
  return `${tenantId} has paused its export since ${pausedAt?.toISOString()}. Ask the tenant whether it has forgotten that.`
}

function missedMessage({ tenantId, missed, skipped, missedAt }: TenantState): string {
  return (
    `Temporal has missed ${missed} and skipped ${skipped} runs of ${tenantId} in all, the last ones found at ` +
    `${missedAt?.toISOString()}. The next run that succeeds covers them.`
  )
}
