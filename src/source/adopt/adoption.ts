/** What to make of a table, so that it can be exported. */
export interface AdoptionRequest {
  readonly table: { readonly schema: string; readonly name: string }
  readonly tenantColumn: string
  /** The value of the tenant column for rows that have none, if the column is to be added. */
  readonly tenantId?: string
  /** The columns that identify a row within its tenant; those of the primary key if left out. */
  readonly key?: readonly string[]
  readonly updatedAtColumn: string
  readonly changeXidColumn: string
  /** The time of the last change of rows that were written before the column existed. */
  readonly dated: string
  /** Whether deleted rows are recorded in a table of their own. */
  readonly tombstones: boolean
  /** The role that reads the source for exports. */
  readonly reader?: string
}

/** One step of an adoption. Each is complete or has no effect, so that an interrupted adoption can continue. */
export type AdoptionStep =
  /** Short statements in one transaction, which may need a lock that blocks writers. */
  | { readonly kind: 'transaction'; readonly title: string; readonly statements: readonly string[] }
  /** A statement that takes long, blocks no writer, and must be in no transaction. */
  | { readonly kind: 'alone'; readonly title: string; readonly statement: string }
  /** An update of all rows of a table that match a condition, in batches. */
  | {
      readonly kind: 'backfill'
      readonly title: string
      readonly table: string
      readonly set: string
      readonly where: string
    }

export interface AdoptionPlan {
  /** Only what the table lacks; empty if it can be exported. */
  readonly steps: readonly AdoptionStep[]
  /** What the steps cannot change. */
  readonly remarks: readonly string[]
}

/** The table cannot be adopted as requested. Nothing was changed. */
export class AdoptionError extends Error {
  override readonly name = 'AdoptionError'
}
