import type { Row } from './row.js'
import type { Sql } from './sql.js'

/** How to generate the sample rows of one entity. */
export interface Recipe {
  /** The entity's internal name; its table has the same name. */
  readonly entity: string
  /** `usr` gives codes such as `usr-000000042`. They are numbered per tenant, so two tenants have the same codes. */
  readonly prefix: string
  /** The number of rows, relative to the other entities. */
  readonly weight: number
  /** Events seldom change after their creation. Snapshots change later and more often. */
  readonly kind: 'snapshot' | 'event'
  /** The values that a mutation writes: expressions over the old row, `t`, and {@link newText}. */
  readonly edited: Readonly<Record<string, Sql>>
  /** The entity's columns, as expressions over the row's number. `fillSample` adds the columns that all entities have. */
  columns(row: Row): Readonly<Record<string, Sql>>
}

/** A new text for each changed row. Some are hostile. */
export const newText: Sql = 'm.new_text'
