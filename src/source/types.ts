import type pg from 'pg'
import type { Entity } from '../domain/entity.js'
import type { ExportError } from '../domain/errors.js'
import type { RowBlock } from '../domain/rows.js'
import type { SourceIdentity, SourceNow } from '../domain/source-identity.js'
import type { SourceFinding } from '../domain/source-finding.js'
import type { ReadLimits } from './held-read.js'

/** The rows to read: all that changed before `to`, or only those that no earlier file has. */
export type Extraction = {
  readonly entity: Entity
  readonly tenantId: string
  /** The exclusive end of the window. */
  readonly to: Date
  /** The source of the given snapshots; undefined if unknown. */
  readonly systemIdentifier?: string
  /** The timeline of the given snapshots; null or undefined if unknown. */
  readonly timeline?: number | null
  /** The first file of the entity for the tenant: then a table whose later changes would be missed is refused, too. */
  readonly isFirst?: boolean
  /** At most one row more than this is read. If there are more, the file lacks rows, and the caller must discard it. */
  readonly mostRows?: number
  /** Leaves out what changed after this `pg_snapshot`: so a past window is read again, without what later files have. */
  readonly visibleIn?: string
} & (
  | { readonly mode: 'full' }
  | {
      readonly mode: 'delta'
      /** The `to` of the last published file. */
      readonly from: Date
      /** The snapshot in which the last published file was read: `pg_snapshot` as text. */
      readonly snapshot: string
    }
)

/** An open read: all rows show the source as it was at one moment. */
export interface Snapshot extends SourceIdentity {
  /** `pg_snapshot` as text, to be kept with the watermark. */
  readonly snapshot: string
  /** The types of the file's columns by name, as SQL writes them: `numeric(12,2)`. */
  readonly types: Readonly<Record<string, string>>
  /**
   * The rows, to be iterated at most once, in no particular order. A block is read when it is requested, and is valid until the
   * next one is requested.
   */
  readonly blocks: AsyncIterable<RowBlock>
  /** The number of rows that Postgres reports, which must equal the rows of `blocks`. Throws before the end of `blocks`. */
  readonly sourceRows: () => number
}

/** What becomes of each of several reads. `index` is that of the extraction. */
export interface Reader {
  use(index: number, snapshot: Snapshot): Promise<void>
  /** The file would silently lack rows. An error that this throws ends the reads. */
  refused(index: number, refusal: ExportError): void
}

/** The database that is exported. All methods fail with an `ExportError` (SOURCE_*, CANCELLED). */
export interface Source extends AsyncDisposable {
  identity(): Promise<SourceNow>

  /**
   * Finds causes of lost rows and of slow reads; empty if there are none. `countRows`: also searches the rows of all tenants for
   * rows that no window would contain, which may scan the whole table.
   */
  check(entity: Entity, options: { readonly countRows: boolean }): Promise<SourceFinding[]>

  /** The same for what holds for all tables of the database. */
  checkDatabase(): Promise<SourceFinding[]>

  /**
   * Reads in one REPEATABLE READ, READ ONLY transaction on the primary, which ends when `use` has settled. Until then the
   * table's definition is locked. A read that would silently lack rows is refused: SOURCE_SCHEMA_MISMATCH, SOURCE_ROWS_HIDDEN,
   * SOURCE_ROWS_UNDECIDED, SOURCE_CHANGES_UNTRACKED. Errors of `use` are thrown unchanged. When `signal` aborts, the query is
   * cancelled, the connection is closed at once, and the blocks throw CANCELLED. Then `use` must end by its own means.
   */
  read<T>(extraction: Extraction, signal: AbortSignal, use: (snapshot: Snapshot) => Promise<T>): Promise<T>

  /**
   * The same for several entities of one tenant, one after the other in one transaction. All tables are locked at its beginning,
   * and all rows are read in one snapshot. If `use` ends before the last row, the entities after it are not read.
   */
  readTogether(extractions: readonly Extraction[], signal: AbortSignal, reader: Reader): Promise<void>
}

/** The findings of a read about its table. None of them prevented the read. */
export interface FoundInRead {
  /** Internal name. */
  readonly entity: string
  readonly tenantId: string
  /** Empty where all is well. */
  readonly findings: readonly SourceFinding[]
}

export interface SourceOptions extends ReadLimits {
  readonly url: string
  /** The most connections, and so reads, at the same time. Further reads wait. */
  readonly poolSize: number
  readonly applicationName?: string
  /** Called with each read that is not refused. */
  readonly onFound?: (found: FoundInRead) => void
  /** Called with the pool of connections, for metrics. */
  readonly onPool?: (pool: pg.Pool) => void
  /** How long a read waits for rows before it checks whether the server still works on them; 15 s by default. */
  readonly silenceMs?: number
}
