/**
 * What happens if the ledger and the files on the server do not belong together, because Tidemark's database or the server was
 * restored from an older backup, and if the ledger contradicts itself. The chain of each entity that lacks files is broken: its next file is a full load, with numbers
 * that no file has had.
 */

/** What has shown a gap. */
export const witnesses = {
  NEWER_INDEX: 'The index on the server is newer than the ledger: the database was restored from a backup.',
  LATER_RUN: 'A run in Temporal has gone further than the ledger: the database was restored from a backup.',
  OLDER_INDEX: 'The index on the server is older than the ledger: the server was restored from a backup.',
  WRONG_WATERMARK: 'A watermark is not the end of a published file of its entity: it was changed by hand.',
} as const
export type Witness = keyof typeof witnesses

/**
 * Numbers that the server shows rise by this more. A run may have died before its manifest and its index, and the server may be
 * restored from a backup, too: then a consumer has seen files that neither of them knows.
 */
export const step = { sequence: 100, schemaVersion: 10, revision: 100, change: 1000 } as const

/** By how much the numbers of events rise, since no server tells which ones were used. */
export const eventStep = 1_000_000

/** How far the ledger has come, to be compared with the index on the server. */
export interface LedgerPosition {
  /** The revision of the index that was reserved last, and the one that was written last. */
  readonly revision: number
  readonly written: number
  /** The highest number that a day has got. */
  readonly lastChange: number
}

/**
 * The ledger's position at the end of a run, as the result of the run in Temporal has it. Temporal passes the result on to the next
 * run of the schedule, so it is a memory of its own: also where the SFTP server permits no reads.
 */
export interface RecordedPosition extends Pick<LedgerPosition, 'revision' | 'lastChange'> {
  /** The id of the installation. A schedule can come from another one, whose ledger has other numbers. */
  readonly installation: string
}

/** What Temporal knows of the last run of a tenant's schedule. */
export interface LastRun {
  readonly position: RecordedPosition
  /** The entities that the run has published, by internal name. */
  readonly entities: readonly string[]
}

/** A number is in the ledger before a run records it, so a higher one proves that the ledger has lost runs. */
export function hasLostRuns(ledger: Pick<LedgerPosition, 'revision' | 'lastChange'>, { position }: LastRun): boolean {
  return position.revision > ledger.revision || position.lastChange > ledger.lastChange
}

/** A day as the index on the server lists it. */
export interface StoredDay {
  readonly day: Date
  readonly revision: number
  readonly change: number
  readonly bytes: number | null
  readonly sha256: string | null
  readonly publishedAt: Date | null
  readonly isRemoved: boolean
}

/** A file that the server has, as its manifest or its index names it. */
export interface StoredFile {
  readonly entity: string
  readonly day: Date
  readonly sequence: number
  readonly revision: number
  readonly schemaVersion: number
}

/** The index on the server, once it is checked. */
export interface StoredIndex {
  readonly revision: number
  readonly lastChange: number
  readonly bytes: number
  readonly sha256: string
  readonly signedBy: string | null
  /** Of each entity the newest one. */
  readonly files: readonly StoredFile[]
  readonly days: readonly StoredDay[]
}

/** What the server has of the days for which the ledger and the index differ. */
export interface StoredState {
  readonly index: StoredIndex
  /** The days that differ, and those since the last day of the index that have a manifest. */
  readonly days: readonly ComparedDay[]
}

export interface ComparedDay {
  readonly day: Date
  /** Undefined if the index does not list the day. */
  readonly listed: StoredDay | undefined
  /** Undefined if the server has no manifest of the day that can be read and trusted. */
  readonly manifest: StoredManifest | undefined
}

export interface StoredManifest {
  readonly revision: number
  readonly bytes: number
  readonly sha256: string
  readonly publishedAt: Date
  readonly files: readonly StoredFile[]
}

/** A day as the ledger has it. */
export interface LedgerDay {
  readonly day: Date
  readonly revision: number
  readonly sha256: string | null
  readonly isPresent: boolean
}

/** What was settled, for the log. */
export interface SettledGap {
  readonly tenantId: string
  readonly witness: Witness
  readonly detail: string
  /** The entities whose next file is a full load. */
  readonly entities: readonly string[]
  /** The number of days for which ledger and server differed. */
  readonly days: number
}

/** A watermark that is not the end of a published file of its entity: it was changed by hand, or damaged. */
export interface WrongWatermark {
  readonly entity: string
  readonly to: Date
  readonly deliveryId: string
}

export interface LedgerGapStore {
  position(tenantId: string): Promise<LedgerPosition>
  /** Whether the index on the server lacks a change of a day. */
  hasOldIndex(tenantId: string): Promise<boolean>
  days(tenantId: string): Promise<readonly LedgerDay[]>
  /**
   * Takes over what the server has and the ledger lacks. Undefined if the ledger is not older after all: another process has
   * written the index since.
   */
  settleOlderLedger(tenantId: string, stored: StoredState): Promise<SettledGap | undefined>
  /**
   * Breaks every chain of the tenant, above all numbers that lost runs may have used, and no longer lists the days that they may have
   * changed. Undefined if the ledger lacks no run.
   */
  settleLostRuns(tenantId: string, last: LastRun): Promise<SettledGap | undefined>
  /** Records which files of the ledger the server lacks, and lists their days again. */
  settleOlderServer(tenantId: string, stored: StoredState): Promise<SettledGap>
  wrongWatermarks(tenantId: string): Promise<readonly WrongWatermark[]>
  /** Sets watermarks aside that contradict the ledger. Undefined if there is none. */
  settleWatermarks(tenantId: string): Promise<SettledGap | undefined>
  /** The entities of a tenant whose next file is a full load because their chain is broken. */
  brokenChains(tenantId: string): Promise<ReadonlySet<string>>
  /** The same of all tenants, for operators. */
  allBrokenChains(): Promise<readonly BrokenChain[]>
}

export interface BrokenChain {
  readonly tenantId: string
  readonly entity: string
  readonly foundAt: Date
  readonly detail: string
}
