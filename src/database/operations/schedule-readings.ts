import type { ScheduleReading } from '../../domain/schedule-reading.js'
import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'

export interface ScheduleReadingStore {
  /** Replaces the last reading, unless the tenant's registration was removed meanwhile. The first reading is no increase. */
  record(tenantId: string, reading: ScheduleReading): Promise<void>
}

export function createScheduleReadingStore(database: Database): ScheduleReadingStore {
  return withTypedErrors({
    record: async (tenantId, { missed, skipped, pausedNote }) => {
      await database.forTenant(
        tenantId,
        (transaction) => transaction.$executeRaw`
          INSERT INTO schedule_reading AS last (tenant_id, read_at, missed, skipped, paused_note)
          SELECT tenant_id, now(), ${missed}, ${skipped}, ${pausedNote} FROM registration WHERE tenant_id = ${tenantId}
          ON CONFLICT (tenant_id) DO UPDATE SET read_at = now(), missed = excluded.missed, skipped = excluded.skipped,
            paused_note = excluded.paused_note,
            increased_at = CASE WHEN excluded.missed > last.missed OR excluded.skipped > last.skipped THEN now()
              ELSE last.increased_at END`,
      )
    },
  })
}
