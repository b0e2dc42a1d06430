import { calendarOf, isSameCalendar } from '../../domain/calendar.js'
import type { Registration } from '../../domain/registration.js'
import type { Transaction } from '../client.js'
import {
  type FoundRegistration,
  registrationQuery,
  storedFromRow,
  type StoredRegistration,
} from '../registration-query.js'
import { claimTenantName } from '../tenant-names.js'

export type { StoredRegistration } from '../registration-query.js'

/** The registration of the transaction's tenant. */
export interface TenantRegistration {
  find(): Promise<StoredRegistration | undefined>
  /**
   * Writes `next` in place of `before`, which was read in this transaction, and adds the change to the history. Without
   * `before`, it claims the tenant's name first.
   * @throws InvalidTenantError
   */
  replace(before: StoredRegistration | undefined, next: Registration): Promise<StoredRegistration>
  /** Writes since when the export is paused; null ends the pause. The schedule is pending afterwards. */
  setPaused(before: StoredRegistration, pausedAt: Date | null): Promise<StoredRegistration>
  /** Removes the registration. Its history, runs and deliveries stay. */
  remove(): Promise<void>
  /**
   * Records that the schedule matches `applied`. Returns false, and records nothing, if the registration has changed since
   * `applied` was read.
   */
  recordSchedule(applied: StoredRegistration): Promise<boolean>
  /** Records why the schedule could not be made to match. The schedule is pending afterwards. */
  recordScheduleError(message: string): Promise<void>
}

export function tenantRegistration(transaction: Transaction, tenantId: string): TenantRegistration {
  return {
    find: async () => {
      const rows = await transaction.$queryRawUnsafe<FoundRegistration[]>(registrationQuery)
      return rows.map(storedFromRow)[0]
    },
    replace: async (before, next) => {
      if (!before) await claimTenantName(transaction, tenantId)
      await write(transaction, before?.registration, next, calendarChange(before?.registration, next))
      return { ...(before ?? notScheduled), registration: next }
    },
    setPaused: async (before, pausedAt) => {
      const paused = { pausedAt, scheduledVersion: null }
      // Boundaries during the pause are not expected.
      const resumed = before.pausedAt !== null && pausedAt === null ? { dueAfter: new Date() } : {}
      await transaction.registration.updateMany({ where: { tenantId }, data: { ...paused, ...resumed } })
      return { ...before, ...paused }
    },
    remove: async () => {
      await transaction.registration.deleteMany({ where: { tenantId } })
    },
    recordSchedule: async ({ registration: { version, updatedAt }, pausedAt }) => {
      // The times, too: a tenant that is removed and registers again begins at version 1 again.
      const count = await transaction.$executeRaw`
        UPDATE registration SET scheduled_version = version, schedule_error = NULL
        WHERE tenant_id = ${tenantId} AND version = ${version}::int AND updated_at = ${iso(updatedAt)}::timestamptz
          AND paused_at IS NOT DISTINCT FROM ${iso(pausedAt)}::timestamptz`
      return count === 1
    },
    recordScheduleError: async (scheduleError) => {
      const data = { scheduledVersion: null, scheduleError }
      await transaction.registration.updateMany({ where: { tenantId }, data })
    },
  }
}

const notScheduled = { pausedAt: null, scheduledVersion: null, scheduleError: null }

/** Boundaries of the new calendar that lie before the change are not expected. */
function calendarChange(before: Registration | undefined, next: Registration): Date | null {
  return before && !isSameCalendar(calendarOf(before), calendarOf(next)) ? next.updatedAt : null
}

/**
 * Writes the registration with its entities, and adds the change to the history: one statement instead of eight of Prisma's.
 * Entities that stay as they are keep their rows.
 */
async function write(
  transaction: Transaction,
  before: Registration | undefined,
  next: Registration,
  dueAfter: Date | null,
): Promise<void> {
  const { tenantId, version, exportOption, frequency, schedule, fileFormat, createdAt, updatedAt, updatedBy } = next
  const encryption = next.encryption && JSON.stringify(next.encryption)
  const columnSelection = next.columnSelection ? JSON.stringify(next.columnSelection) : null
  await transaction.$executeRaw`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(next.entities)}::jsonb)
        AS e(name text, active boolean, "activatedAt" timestamptz, "deactivatedAt" timestamptz)
    ), written AS (
      INSERT INTO registration AS r (tenant_id, version, export_option, frequency, time_zone, hour, minute, file_format,
        encryption, column_selection, created_at, updated_at, updated_by, due_after)
      VALUES (${tenantId}, ${version}::int, ${exportOption}::export_option, ${frequency}::export_frequency,
        ${schedule.timeZone}, ${schedule.hour}::int, ${schedule.minute}::int,
        ${JSON.stringify(fileFormat)}::jsonb, ${encryption}::jsonb, ${columnSelection}::jsonb,
        ${iso(createdAt)}::timestamptz, ${iso(updatedAt)}::timestamptz, ${updatedBy}, ${iso(dueAfter)}::timestamptz)
      ON CONFLICT (tenant_id) DO UPDATE SET version = excluded.version, export_option = excluded.export_option,
        frequency = excluded.frequency, time_zone = excluded.time_zone, hour = excluded.hour, minute = excluded.minute,
        file_format = excluded.file_format, encryption = excluded.encryption,
        column_selection = excluded.column_selection, created_at = excluded.created_at,
        updated_at = excluded.updated_at, updated_by = excluded.updated_by,
        due_after = coalesce(excluded.due_after, r.due_after)
    ), removed AS (
      DELETE FROM registered_entity WHERE tenant_id = ${tenantId} AND entity NOT IN (SELECT name FROM given)
    ), entities AS (
      INSERT INTO registered_entity AS e (tenant_id, entity, active, activated_at, deactivated_at)
      SELECT ${tenantId}, name, active, "activatedAt", "deactivatedAt" FROM given
      ON CONFLICT (tenant_id, entity) DO UPDATE SET active = excluded.active, activated_at = excluded.activated_at,
        deactivated_at = excluded.deactivated_at
      WHERE (e.active, e.activated_at, e.deactivated_at)
        IS DISTINCT FROM (excluded.active, excluded.activated_at, excluded.deactivated_at)
    )
    INSERT INTO registration_change (tenant_id, version, changed_by, changed_at, before, after)
    VALUES (${tenantId}, ${version}::int, ${updatedBy}, ${iso(updatedAt)}::timestamptz,
      ${before ? JSON.stringify(before) : null}::jsonb, ${JSON.stringify(next)}::jsonb)`
}

function iso(time: Date | null): string | null {
  return time && time.toISOString()
}
