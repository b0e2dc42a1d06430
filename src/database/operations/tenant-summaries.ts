import type { Calendar } from '../../domain/calendar.js'
import type { ExportErrorCode } from '../../domain/errors.js'
import type { ExportOption } from '../../domain/registration.js'
import type { RunStatus } from '../../domain/run.js'
import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'

/** The state of one tenant's export, for the platform's operators. */
export interface TenantSummary extends Calendar {
  readonly tenantId: string
  readonly exportOption: ExportOption
  readonly version: number
  /** When the tenant paused its export; null while it is not paused. */
  readonly pausedAt: Date | null
  readonly scheduledVersion: number | null
  readonly scheduleError: string | null
  readonly dueAfter: Date | null
  /** Null for the grace of all tenants. */
  readonly graceMinutes: number | null
  readonly activeEntities: number
  /** The end of the last window of the active entity that is furthest behind; null if no active entity has a file. */
  readonly oldestWatermark: Date | null
  readonly coveredUntil: Date | null
  /** The runs that Temporal has missed and skipped, and when one of the numbers last increased. */
  readonly missed: number
  readonly skipped: number
  readonly missedAt: Date | null
  /** The note of an operator's pause in Temporal; null without such a pause. */
  readonly pausedNote: string | null
  readonly lastSuccessAt: Date | null
  /** The end of the first run that failed since the last success; null if none has failed since. */
  readonly failingSince: Date | null
  readonly lastRunId: string | null
  readonly lastRunStatus: RunStatus | null
  readonly lastRunFinishedAt: Date | null
  /** The error of the last run; for many failed entities the most frequent one. Null unless the tenant is failing. */
  readonly causeCode: ExportErrorCode | null
  readonly causeMessage: string | null
  readonly queuedRunId: string | null
  readonly runningRunId: string | null
}

export interface TenantSummaryStore {
  /** Of all registered tenants, by their ids. `entities` are the names of the catalog's entities. */
  all(entities: readonly string[]): Promise<TenantSummary[]>
  find(tenantId: string, entities: readonly string[]): Promise<TenantSummary | undefined>
}

export function createTenantSummaryStore(database: Database): TenantSummaryStore {
  const read = (entities: readonly string[], tenantId: string | null): Promise<TenantSummary[]> =>
    database.forOperations(
      (transaction) => transaction.$queryRaw<TenantSummary[]>`
        SELECT tenant_id AS "tenantId", export_option AS "exportOption", frequency, time_zone AS "timeZone", hour, minute, version,
          paused_at AS "pausedAt",          scheduled_version AS "scheduledVersion", schedule_error AS "scheduleError", due_after AS "dueAfter",
          grace_minutes AS "graceMinutes", active_entities AS "activeEntities", oldest_watermark AS "oldestWatermark",
          covered_until AS "coveredUntil", missed, skipped, missed_at AS "missedAt", paused_note AS "pausedNote",
          last_success_at AS "lastSuccessAt", failing_since AS "failingSince", last_run_id AS "lastRunId",
          last_run_status AS "lastRunStatus", last_run_finished_at AS "lastRunFinishedAt", cause_code AS "causeCode",
          cause_message AS "causeMessage", queued_run_id AS "queuedRunId", running_run_id AS "runningRunId"
        FROM tenant_summaries(${[...entities]}::text[], ${tenantId}::text)`,
    )
  return withTypedErrors({
    all: (entities) => read(entities, null),
    find: async (tenantId, entities) => (await read(entities, tenantId))[0],
  })
}
