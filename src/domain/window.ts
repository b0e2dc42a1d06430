import { isoDay } from './delivery-path.js'
import { columnsFingerprint, type Entity } from './entity.js'
import { isOtherSystem, isOtherTimeline, type SourceIdentity } from './source-identity.js'

/** FULL: everything up to `to`. DELTA: what changed in the window. */
export type LoadMode = 'FULL' | 'DELTA'

/** Why a file is a full load. */
export type FullLoadReason = 'FIRST' | 'COLUMNS_CHANGED' | 'SOURCE_RESET' | 'REQUESTED'

/** What a file covers. A delta starts at a time and at the Postgres snapshot of the file before it. */
export type Extent =
  | { readonly mode: 'FULL'; readonly reason: FullLoadReason }
  | {
      readonly mode: 'DELTA'
      readonly from: Date
      readonly baseSnapshot: string
      /** The sequence number of the file before it. */
      readonly previous: number
    }

/** Up to where an entity of a tenant is published, and how the last file was made. */
export interface Watermark {
  readonly to: Date
  readonly fullLoadRequested: boolean
  readonly extent: Extent
  /** The last published file's place in the entity's chain of windows. */
  readonly sequence: number
  /** The pg_snapshot that read the last published file. */
  readonly snapshot: string
  /** The Postgres cluster it came from. */
  readonly systemIdentifier: string
  /** The cluster's WAL timeline then; null where it is not known. */
  readonly timeline: number | null
  /** The form of the last published file: see columnsFingerprint. */
  readonly columns: string
}

/** What the next file shall cover, or SKIP where the entity is published up to `to` already. */
export function planExtent(
  entity: Entity,
  to: Date,
  watermark: Watermark | undefined,
  source: SourceIdentity,
): Extent | 'SKIP' {
  if (!watermark) return { mode: 'FULL', reason: 'FIRST' }
  if (watermark.to > to) return 'SKIP'
  const reason = reasonForFullLoad(entity, watermark, source)
  if (reason) return { mode: 'FULL', reason }
  if (watermark.to.getTime() === to.getTime()) return 'SKIP'
  // A second file of the same day takes the first one's place, so it has to cover what that one covered.
  if (isoDay(watermark.to) === isoDay(to)) return watermark.extent
  return { mode: 'DELTA', from: watermark.to, baseSnapshot: watermark.snapshot, previous: watermark.sequence }
}

function reasonForFullLoad(entity: Entity, watermark: Watermark, source: SourceIdentity): FullLoadReason | undefined {
  if (watermark.fullLoadRequested) return 'REQUESTED'
  if (!isContinued(watermark.columns, columnsFingerprint(entity))) return 'COLUMNS_CHANGED'
  if (isOtherSystem(watermark.systemIdentifier, source.systemIdentifier)) return 'SOURCE_RESET'
  // A cluster restored from a backup gives out transaction ids again that the snapshot counts as past. It has a new
  // timeline; where it was copied back by hand, without recovery, only its transaction ids can tell.
  if (isOtherTimeline(watermark.timeline, source.timeline)) return 'SOURCE_RESET'
  if (BigInt(source.nextXid) < snapshotXmax(watermark.snapshot)) return 'SOURCE_RESET'
  return undefined
}

/** Whether files of the new form go on where those of the old one ended: columns are only ever appended. */
function isContinued(old: string, now: string): boolean {
  return now === old || now.startsWith(`${old},`)
}

/** The first transaction id that a snapshot (`xmin:xmax:in-progress`) could not see. */
function snapshotXmax(snapshot: string): bigint {
  return BigInt(snapshot.split(':')[1] ?? '0')
}
