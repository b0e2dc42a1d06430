import type { ExportFrequency } from '../domain/calendar.js'
import type { ExportOption, Registration } from '../domain/registration.js'
import type { ScheduleTime } from '../domain/schedule-time.js'
import { encryptionFromJson } from './encryption-rows.js'
import { fileFormatFromJson } from './format-rows.js'
import { selectionFromJson } from './selection-rows.js'

/** A registration, and how far its Temporal schedule follows it. */
export interface StoredRegistration {
  readonly registration: Registration
  /** When the tenant paused its export; null while it is not paused. */
  readonly pausedAt: Date | null
  /** The version that the schedule was last made to match; null while there is no schedule. */
  readonly scheduledVersion: number | null
  /** Why the schedule could not be made to match; null if it could. */
  readonly scheduleError: string | null
}

/** A row of {@link registrationQuery}: JSON, so that each driver returns the same values. */
export interface FoundRegistration {
  readonly found: {
    readonly tenantId: string
    readonly version: number
    readonly exportOption: ExportOption
    readonly frequency: ExportFrequency
    readonly schedule: ScheduleTime
    readonly fileFormat: unknown
    readonly encryption: unknown
    readonly columnSelection: unknown
    readonly createdAt: string
    readonly updatedAt: string
    readonly updatedBy: string
    readonly pausedAt: string | null
    readonly scheduledVersion: number | null
    readonly scheduleError: string | null
    readonly entities: readonly EntityRow[] | null
  }
}

type EntityRow = readonly [name: string, active: boolean, activatedAt: string, deactivatedAt: string | null]

/** Reads the registration of the transaction's tenant with its entities. One statement instead of two of Prisma's. */
export const registrationQuery = `
  SELECT json_build_object(
    'tenantId', tenant_id, 'version', version, 'exportOption', export_option, 'frequency', frequency,
    'schedule', json_build_object('timeZone', time_zone, 'hour', hour, 'minute', minute),
    'fileFormat', file_format, 'encryption', encryption, 'columnSelection', column_selection, 'createdAt', created_at,
    'updatedAt', updated_at, 'updatedBy', updated_by,
    'pausedAt', paused_at, 'scheduledVersion', scheduled_version, 'scheduleError', schedule_error,
    'entities', (
      SELECT json_agg(json_build_array(entity, active, activated_at, deactivated_at) ORDER BY entity)
      FROM registered_entity e WHERE e.tenant_id = r.tenant_id)) AS found
  FROM registration r WHERE tenant_id = current_setting('tidemark.tenant')`

export function storedFromRow({ found }: FoundRegistration): StoredRegistration {
  const {
    pausedAt,
    scheduledVersion,
    scheduleError,
    entities,
    fileFormat,
    encryption,
    columnSelection,
    createdAt,
    updatedAt,
    ...rest
  } = found
  const registration: Registration = {
    ...rest,
    fileFormat: fileFormatFromJson(fileFormat),
    encryption: encryptionFromJson(encryption),
    ...selectionFromJson(columnSelection),
    entities: (entities ?? []).map(entityFromRow),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  }
  return { registration, pausedAt: dateOrNull(pausedAt), scheduledVersion, scheduleError }
}

function entityFromRow([name, active, activatedAt, deactivatedAt]: EntityRow): Registration['entities'][number] {
  return { name, active, activatedAt: new Date(activatedAt), deactivatedAt: dateOrNull(deactivatedAt) }
}

function dateOrNull(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
