/** What was delivered and what failed on one day, which is the date in the paths. */

export const exportDayStatuses = {
  DELIVERED: 'Files were published, and no run failed afterwards.',
  PARTLY_DELIVERED: 'Files were published, and a run failed for at least one entity without a later file of the day.',
  FAILED: 'A run failed, and no file of the day was published. A later file covers the period.',
} as const
export type ExportDayStatus = keyof typeof exportDayStatuses

/** The maximum number of days that one question covers. */
export const mostExportDays = 400

/** The latest file of one entity and day. */
export interface DayFile {
  readonly rows: number
  readonly bytes: number
  readonly isFullLoad: boolean
  readonly isRedelivered: boolean
  readonly isRemoved: boolean
  readonly publishedAt: Date
}

/** What is known of one entity and day. */
export interface DayRecord {
  readonly day: Date
  /** Its internal name; null for runs that failed before they were planned. */
  readonly entity: string | null
  readonly file: DayFile | null
  /** When a run last failed; null if none did. */
  readonly failedAt: Date | null
}

export interface ExportDay {
  readonly day: Date
  readonly status: ExportDayStatus
  readonly files: number
  readonly rows: number
  readonly bytes: number
  readonly fullLoads: number
  readonly redeliveredFiles: number
  readonly removedFiles: number
  readonly failedEntities: number
  readonly entities: readonly ExportDayEntity[]
}

export interface ExportDayEntity {
  readonly internalName: string
  readonly files: number
  readonly rows: number
  readonly bytes: number
  /** Whether a run failed for it, and no file of the day was published afterwards. */
  readonly failed: boolean
}

/** The days that the records are about, in the order of the records. */
export function exportDays(records: readonly DayRecord[]): ExportDay[] {
  const byDay = new Map<number, DayRecord[]>()
  for (const record of records) {
    const time = record.day.getTime()
    byDay.set(time, [...(byDay.get(time) ?? []), record])
  }
  return [...byDay].map(([time, ofDay]) => exportDay(new Date(time), ofDay))
}

function exportDay(day: Date, records: readonly DayRecord[]): ExportDay {
  const files = records.flatMap(({ file }) => file ?? [])
  const entities = records.flatMap((record) => (record.entity === null ? [] : dayEntity(record, record.entity)))
  const failedEntities = entities.filter(({ failed }) => failed).length
  const isFailing = failedEntities > 0 || hasFailedRun(records, files)
  return {
    day,
    status: files.length === 0 ? 'FAILED' : isFailing ? 'PARTLY_DELIVERED' : 'DELIVERED',
    files: files.length,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    fullLoads: files.filter(({ isFullLoad }) => isFullLoad).length,
    redeliveredFiles: files.filter(({ isRedelivered }) => isRedelivered).length,
    removedFiles: files.filter(({ isRemoved }) => isRemoved).length,
    failedEntities,
    entities,
  }
}

function dayEntity({ file, failedAt }: DayRecord, internalName: string): ExportDayEntity {
  return {
    internalName,
    files: file ? 1 : 0,
    rows: file?.rows ?? 0,
    bytes: file?.bytes ?? 0,
    failed: failedAt !== null && (file === null || failedAt > file.publishedAt),
  }
}

/** Whether a run failed before it was planned, and no file was published afterwards. */
function hasFailedRun(records: readonly DayRecord[], files: readonly DayFile[]): boolean {
  const last = Math.max(...files.map(({ publishedAt }) => publishedAt.getTime()))
  return records.some(({ entity, failedAt }) => entity === null && failedAt !== null && failedAt.getTime() > last)
}
