/** A relation that rows of an entity come from: its own table or view, and what is below that. */
export interface Relation {
  /** The oid. */
  readonly id: string
  /** `schema.name`, quoted where SQL needs it. */
  readonly label: string
  /** The schema, quoted where SQL needs it. */
  readonly schema: string
  /** `pg_class.relkind`: table, partitioned table, view, materialized view or foreign table. */
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f'
  /** `own`: the entity's. `view`: a view reads it. `child`: a partition, or a table that inherits. */
  readonly way: 'own' | 'view' | 'child'
  /** Whether more has to be asked: about relations below it, or about row-level security. */
  readonly hasMore: boolean
  /** Whether a view lies between it and the entity. */
  readonly isViewed: boolean
  /** The partitioned table at the top, for a partition. */
  readonly root: string | null
  /** As a whole: a right to single columns does not suffice to lock it against changes of its form. */
  readonly isReadable: boolean
  /** The role whose rights the read uses, quoted where SQL needs it. */
  readonly reader: string
  /** `open`: policies let the role see every row. `filters`: nothing says so. */
  readonly rowSecurity: 'none' | 'open' | 'filters'
  /** Whether the role owns the table, so that only FORCE ROW LEVEL SECURITY holds it. */
  readonly isReadersOwn: boolean
  readonly isUnlogged: boolean
  /** Whether logical replication writes to it. */
  readonly isSubscribed: boolean
  /** Of the entity's own relation; empty for others. */
  readonly columns: readonly TableColumn[]
  /** The columns of type xid8, of those that the views above use. */
  readonly xidColumns: readonly string[]
  readonly triggers: readonly Trigger[]
}

export interface TableColumn {
  readonly name: string
  /** The name of the type, of a domain's base type, or `enum`. */
  readonly type: string
  /** As SQL writes it, of a domain's base type: `numeric(12,2)`, `text[]`. */
  readonly sqlType: string
  readonly notNull: boolean
}

export interface Trigger {
  readonly name: string
  /** The bits of `pg_trigger.tgtype`. */
  readonly type: number
  /** `pg_trigger.tgenabled`: A for always, O unless replication writes, R only if replication writes, D never. */
  readonly enabled: 'A' | 'O' | 'R' | 'D'
  /** Whether it names columns: `UPDATE OF …`. */
  readonly ofColumns: boolean
  /** As `pg_get_triggerdef` prints it. */
  readonly definition: string
  /** The text of the function that it calls; null where that is written in C. */
  readonly source: string | null
}
