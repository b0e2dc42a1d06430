import type { Entity } from '../domain/entity.js'
import type { RowBlock } from '../domain/rows.js'
import type { SourceIdentity } from '../domain/source-identity.js'
import type { SourceFinding } from '../domain/source-finding.js'
import type { ReadLimits } from './held-read.js'

/** What to read: all that changed before `to`, or of that only what an earlier file did not have. */
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
   * The rows, to be iterated at most once. No order is promised. Rows are read when they are asked for, and a block is
   * good until the next one is.
   */
  readonly blocks: AsyncIterable<RowBlock>
  /** How many rows Postgres says that it has sent: what `blocks` must have come to. Throws before they have ended. */
  readonly sourceRows: () => number
}

/** The database that is exported. All methods fail with an `ExportError` (SOURCE_*, CANCELLED). */
export interface Source extends AsyncDisposable {
  identity(): Promise<SourceIdentity>

  /**
   * What would lose rows of the entity, may lose them, or makes reads slow; empty if nothing does. `countRows`: also
   * looks for rows, of any tenant, that no window would take; that may need to look at the whole table.
   */
  check(entity: Entity, options: { readonly countRows: boolean }): Promise<SourceFinding[]>

  /** The same for what holds for all tables of the database. */
  checkDatabase(): Promise<SourceFinding[]>

  /**
   * Reads in one REPEATABLE READ, READ ONLY transaction on the primary, which ends when `use` has settled. Until then
   * nobody can change the table's form. A read that would lack rows without an error is refused: SOURCE_SCHEMA_MISMATCH,
   * SOURCE_ROWS_HIDDEN, SOURCE_ROWS_UNDECIDED, SOURCE_CHANGES_UNTRACKED. What `use` throws is thrown on as it is. When `signal` aborts, the query is cancelled, the connection is let go
   * at once and the blocks throw CANCELLED; ending `use` is then up to `use`.
   */
  read<T>(extraction: Extraction, signal: AbortSignal, use: (snapshot: Snapshot) => Promise<T>): Promise<T>
}

/** What a read found out about its table, and read it all the same. */
export interface FoundInRead {
  /** Internal name. */
  readonly entity: string
  readonly tenantId: string
  /** Empty where all is well. */
  readonly findings: readonly SourceFinding[]
}

export interface SourceOptions extends ReadLimits {
  readonly url: string
  /** Connections, and so reads, at the same time; further ones wait. */
  readonly poolSize: number
  readonly applicationName?: string
  /** Is called with each read that is not refused. */
  readonly onFound?: (found: FoundInRead) => void
  /** How long a read waits for rows before it asks whether the server is still at work on them; 15 s by default. */
  readonly silenceMs?: number
}
