import type { Row } from './row.js'
import type { Sql } from './sql.js'

/** How the sample rows of one entity are made. */
export interface Recipe {
  /** The entity's internal name; its table has the same name. */
  readonly entity: string
  /** `usr` makes codes such as `usr-000000042`, numbered within the tenant: two tenants have the same codes. */
  readonly prefix: string
  /** Rows in relation to the other entities'. */
  readonly weight: number
  /** Events are written once and seldom touched again; snapshots live longer between creation and last change. */
  readonly kind: 'snapshot' | 'event'
  /** What a mutation writes: expressions over the row before, `t`, and over {@link newText}. */
  readonly edited: Readonly<Record<string, Sql>>
  /** The entity's own columns, each as an expression over the row's number. The common ones are added by the filler. */
  columns(row: Row): Readonly<Record<string, Sql>>
}

/** A text that a mutation makes anew for each row; now and then a hostile one. */
export const newText: Sql = 'm.new_text'
