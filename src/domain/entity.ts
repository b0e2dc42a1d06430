/**
 * What can be exported. An entity has two names: tenants use the display name (`user logins`),
 * paths and tables the internal name (`user_login_events`).
 */

/** The types of columns. docs/reference/column-types.md says how their values are written. */
export const columnTypes = {
  string: 'Text. Types without a form of their own, such as arrays and intervals, are written as Postgres prints them.',
  integer: 'A whole number.',
  number: 'A decimal number, exactly as stored in the source.',
  boolean: '`true` or `false`.',
  datetime: 'A point in time, ISO 8601 in UTC, such as `2026-11-23T09:30:00.123456Z`.',
  timestamp: 'A date and time without a time zone, such as `2026-11-23T09:30:00.123456`.',
  date: 'A calendar day, such as `2026-11-23`.',
  time: 'A time of day, such as `09:30:00.123456`.',
  json: 'JSON as text, as Postgres prints it. `jsonb` has a space after each colon and comma. `json` is exactly as stored.',
} as const
export type ColumnType = keyof typeof columnTypes

/** The column that marks a deleted record, in every entity that has one. */
export const deletedColumn = 'is_deleted'

/**
 * How values are written that Postgres has and the type of the file lacks: `infinity`, years before 1 and after 9999, `NaN`.
 * `keep`: they are written as Postgres prints them, and the manifest says of the file that the column is text. `refuse`: the file
 * is not published. `null`: they become NULL.
 */
export const irregularRules = ['keep', 'refuse', 'null'] as const
export type IrregularRule = (typeof irregularRules)[number]

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly description: string
  /** Whether the column may be NULL, which a file shows as an empty field. */
  readonly nullable: boolean
  /**
   * For a `string` that is not text in the source: its type there, as Postgres' `format_type` names it, such as `interval` or
   * `text[]`. If the column is retyped, the next file is a full load.
   */
  readonly sourceType?: string | undefined
  /** What computes its values, if the table has no such column. */
  readonly derived?: 'changeType'
  /** `keep` by default. */
  readonly irregular?: IrregularRule | undefined
  /**
   * Words in lower case, such as `pii` for personal data. A tag changes only the files of tenants that exclude it: see
   * ColumnSelection.
   */
  readonly tags?: readonly string[] | undefined
}

export const entityKinds = {
  snapshot: 'A row is the current state of a record and changes in place.',
  event: 'A row is something that happened and rarely changes.',
} as const
export type EntityKind = keyof typeof entityKinds

/**
 * What sets the two columns that record a change. `trigger`: a trigger of the table, which Tidemark checks. `application`:
 * every program that writes to the table, which the operator guarantees.
 */
export const changeTrackings = ['trigger', 'application'] as const
export type ChangeTracking = (typeof changeTrackings)[number]

export interface Entity {
  /** Internal name, e.g. `user_login_events`: the name in paths, the manifest and the database. */
  readonly name: string
  /** The name that tenants use, e.g. `user logins`. */
  readonly displayName: string
  readonly description: string
  readonly kind: EntityKind
  /** The source table, always qualified: schema and name, unquoted. */
  readonly table: { readonly schema: string; readonly name: string }
  /** The table that a trigger fills with the keys of deleted rows, if there is one. */
  readonly tombstones?: { readonly schema: string; readonly name: string } | undefined
  /** The column that holds the tenant's id. */
  readonly tenantColumn: string
  /** The column set to the time of the last change, `timestamptz NOT NULL`, by a trigger. */
  readonly updatedAtColumn: string
  /** The column set to the transaction of the last change, `xid8 NOT NULL`, by a trigger. */
  readonly changeXidColumn: string
  /**
   * The column with the transaction that inserted the row, `xid8`, and the one with the first value of `updatedAtColumn`,
   * `timestamptz`. Both are NULL for a row that was inserted before the table had them.
   */
  readonly insertXidColumn?: string | undefined
  readonly insertedAtColumn?: string | undefined
  /** `trigger` by default. */
  readonly changeTracking?: ChangeTracking
  /** The columns that identify a row within a tenant, in order. */
  readonly key: readonly string[]
  /** Free words for readers of the data dictionary. They change no file. */
  readonly tags?: readonly string[] | undefined
  /** The columns of the file, in the order of the file. */
  readonly columns: readonly Column[]
}

/** The supported entities, in the order in which they are shown. */
export interface Catalog {
  readonly entities: readonly Entity[]
}

/** The entity's value of the GraphQL enum: `USER_LOGINS`. */
export function enumName(displayName: string): string {
  return displayName.toUpperCase().replaceAll(' ', '_')
}

export function findEntity(catalog: Catalog, name: string): Entity | undefined {
  return catalog.entities.find((entity) => entity.name === name)
}

/**
 * Names a file's form: two files of one entity with the same fingerprint have the same columns of the same types.
 * It changes when a column is added, dropped, renamed, moved or retyped, also where only {@link Column.sourceType} changes.
 */
export function columnsFingerprint(entity: Entity): string {
  return entity.columns
    .map(({ name, type, sourceType }) => [name, type, ...(sourceType === undefined ? [] : [sourceType])].join(':'))
    .join(',')
}
