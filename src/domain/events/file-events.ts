import { manifestPath } from '../delivery-path.js'
import type { NewEvent } from '../event.js'
import type { RunTrigger } from '../run.js'
import type { FullLoadReason, LoadMode } from '../window.js'

/** A delivery as events name it. Times are ISO 8601, and days are dates. */
export interface EventFile {
  /** Internal name. */
  readonly entity: string
  readonly mode: LoadMode
  readonly fullLoadReason: FullLoadReason | null
  /** Null for a full load. */
  readonly from: string | null
  readonly to: string
  readonly day: string
  readonly sequence: number
  readonly revision: number
  readonly schemaVersion: number
  readonly rows: number
  readonly bytes: number
  /** Of a split file: of all its file parts, in order. */
  readonly paths: readonly string[]
  readonly sha256: string
}

/** The run of published files, and how they became visible. */
export interface FilesOfRun {
  readonly runId: string
  readonly trigger: RunTrigger
  /** The date in the paths of the run's files, such as `2026-11-24`; null if it is not known. */
  readonly day: string | null
  /** Null if it is not written yet. */
  readonly manifest: string | null
  /** Whether Tidemark found them complete after the run had ended. */
  readonly completedAfterEnd: boolean
  /** In the order of the entities. */
  readonly files: readonly EventFile[]
}

/** The events of the files that a run has published. A redelivery has an event of its own, and none without files. */
export function eventsOfFiles(published: FilesOfRun): NewEvent[] {
  const { runId, trigger, files } = published
  const [first] = files
  if (!first) return []
  const key = published.completedAfterEnd ? `${runId}:${first.entity}:${first.to}` : runId
  if (trigger === 'REDELIVERY') return [keyed('export.files.redelivered', key, filesData(published))]
  const full = files.filter(({ mode }) => mode === 'FULL')
  const delivered = keyed('export.files.delivered', key, filesData(published))
  if (full.length === 0) return [delivered]
  return [delivered, keyed('export.full_load.delivered', key, fullLoadData(published, full))]
}

function keyed(type: NewEvent['type'], key: string, data: NewEvent['data']): NewEvent {
  return { type, key: `${type}:${key}`, data }
}

function filesData({ runId, trigger, day, manifest, completedAfterEnd, files }: FilesOfRun): NewEvent['data'] {
  return {
    ...{ runId, trigger, day, manifest, completedAfterEnd },
    entities: files.map((file) => ({ ...file, empty: file.rows === 0 })),
    totals: {
      files: sum(files, ({ paths }) => paths.length),
      rows: sum(files, ({ rows }) => rows),
      bytes: sum(files, ({ bytes }) => bytes),
    },
  }
}

function fullLoadData({ runId, trigger, day, manifest }: FilesOfRun, files: readonly EventFile[]): NewEvent['data'] {
  return {
    ...{ runId, trigger, day, manifest },
    entities: files.map(({ entity, fullLoadReason: reason, sequence, revision, rows, bytes }) => ({
      ...{ entity, reason, sequence, revision, rows, bytes },
    })),
  }
}

function sum(files: readonly EventFile[], of: (file: EventFile) => number): number {
  return files.reduce((total, file) => total + of(file), 0)
}

/** A day whose files the nightly removal will remove. */
export interface ExpiringDay {
  readonly tenantId: string
  readonly day: Date
  /** For how many days files are kept. */
  readonly retentionDays: number
}

/** Another retention time is another time of removal, and so another event. */
export function filesExpiring({ tenantId, day, retentionDays }: ExpiringDay): NewEvent {
  const date = (daysLater: number): string =>
    new Date(day.getTime() + daysLater * 86_400_000).toISOString().slice(0, 10)
  const removedOn = date(retentionDays + 1)
  const data = { day: date(0), removedOn, retentionDays, manifest: manifestPath(tenantId, day) }
  return { type: 'export.files.expiring', key: `export.files.expiring:${data.day}:${removedOn}`, data }
}
