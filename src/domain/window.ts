import { isContinued, type WrittenColumns } from './column-selection.js'
import type { Entity } from './entity.js'
import { isOtherSystem, isOtherTimeline, type SourceIdentity } from './source-identity.js'

export const loadModes = {
  FULL: 'All rows up to the end of the window. A redelivered file lacks the rows that have changed since.',
  DELTA:
    'The rows that were inserted, changed or marked as deleted in the window. A redelivered file lacks the rows that have ' +
    'changed since.',
} as const
export type LoadMode = keyof typeof loadModes

export const fullLoadReasons = {
  FIRST: 'The file is the first one of the entity.',
  COLUMNS_CHANGED:
    'Columns of the catalog were dropped, renamed, moved or retyped since the previous file. Appended columns, and columns that ' +
    'the tenant selects or leaves out, do not cause a full load.',
  SOURCE_RESET: 'The source database was restored or replaced.',
  REQUESTED: 'A full load was requested.',
  LEDGER_RESTORED:
    'The database of Tidemark, or the SFTP server, was restored from a backup or changed by hand, and files before this one may be ' +
    'missing or no longer known. The chain is broken here: load this file as the whole.',
} as const
export type FullLoadReason = keyof typeof fullLoadReasons

/** What a file covers. A delta begins at a time and at the Postgres snapshot of the file before it. */
export type Load =
  | { readonly mode: 'FULL'; readonly reason: FullLoadReason }
  | {
      readonly mode: 'DELTA'
      readonly from: Date
      readonly fromSnapshot: string
      /** The sequence number of the file before it. */
      readonly previous: number
    }

/** Up to which time an entity of a tenant is published, and how the last file was made. */
export interface Watermark extends WrittenColumns {
  readonly to: Date
  /** The day of the last published file. */
  readonly day: Date
  readonly fullLoadRequested: boolean
  readonly load: Load
  /** The last published file's place in the entity's chain of windows. */
  readonly sequence: number
  /** The pg_snapshot that read the last published file. */
  readonly snapshot: string
  /** The Postgres cluster it came from. */
  readonly systemIdentifier: string
  /** The cluster's WAL timeline then; null if it is not known. */
  readonly timeline: number | null
}

/** Where the window of a run ends. */
export interface PlannedPlace {
  readonly to: Date
  readonly day: Date
  /** Whether files of the entity's chain are lost or unknown: see domain/ledger-gap. */
  readonly isBroken?: boolean
}

/**
 * What the next file of a run must cover, or SKIP if the entity is published up to `to` already. `delivered` has the columns
 * that the tenant selects.
 */
export function planLoad(
  entity: Entity,
  { to, day, isBroken = false }: PlannedPlace,
  watermark: Watermark | undefined,
  source: SourceIdentity,
  delivered = entity,
): Load | 'SKIP' {
  if (watermark && watermark.to > to) return 'SKIP'
  if (isBroken) return { mode: 'FULL', reason: 'LEDGER_RESTORED' }
  if (!watermark) return { mode: 'FULL', reason: 'FIRST' }
  const reason = reasonForFullLoad(entity, watermark, source, delivered)
  if (reason) return { mode: 'FULL', reason }
  if (watermark.to.getTime() === to.getTime()) return 'SKIP'
  // A second file of the same day replaces the first one, so it must cover what that one covered.
  if (watermark.day.getTime() === day.getTime()) return watermark.load
  return { mode: 'DELTA', from: watermark.to, fromSnapshot: watermark.snapshot, previous: watermark.sequence }
}

function reasonForFullLoad(
  entity: Entity,
  watermark: Watermark,
  source: SourceIdentity,
  delivered: Entity,
): FullLoadReason | undefined {
  if (watermark.fullLoadRequested) return 'REQUESTED'
  if (!isContinued(watermark, entity, delivered)) return 'COLUMNS_CHANGED'
  if (isOtherSystem(watermark.systemIdentifier, source.systemIdentifier)) return 'SOURCE_RESET'
  // A cluster that is restored from a backup reuses transaction ids that are in the past for the snapshot. It has a new
  // timeline. If its files were copied back by hand, without recovery, only its transaction ids show it.
  if (isOtherTimeline(watermark.timeline, source.timeline)) return 'SOURCE_RESET'
  if (BigInt(source.nextXid) < snapshotXmax(watermark.snapshot)) return 'SOURCE_RESET'
  return undefined
}

/** The first transaction id that a snapshot (`xmin:xmax:in-progress`) could not see. */
function snapshotXmax(snapshot: string): bigint {
  return BigInt(snapshot.split(':')[1] ?? '0')
}
