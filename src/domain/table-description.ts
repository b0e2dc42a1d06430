import type { ColumnType } from './entity.js'

/** A column of a table of the source, in the words of a catalog. */
export interface DescribedColumn {
  readonly name: string
  /** Undefined for a type that cannot be exported. */
  readonly type: ColumnType | undefined
  /** For a `string` that is not text: its type in Postgres. */
  readonly sourceType?: string
  /** As Postgres names it. */
  readonly sqlType: string
  readonly nullable: boolean
  readonly comment: string | null
}

/** A table of the source, as its catalogs describe it. */
export interface TableDescription {
  readonly schema: string
  readonly name: string
  readonly comment: string | null
  readonly columns: readonly DescribedColumn[]
  /** The columns of the primary key, in order; empty without one. */
  readonly primaryKey: readonly string[]
  /** Whether the trigger of `source adopt --tombstones` is on the table. */
  readonly recordsDeletions: boolean
}
