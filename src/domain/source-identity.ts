/** Identifies a source database, and distinguishes an earlier state of it (a restored backup) from a later one. */
export interface SourceIdentity {
  /**
   * `<system identifier of the cluster>/<oid of the database>`. Another identifier means another database. If the source does
   * not reveal the former, {@link unknownSystem} is in its place.
   */
  readonly systemIdentifier: string
  /** The next transaction id (`pg_snapshot_xmax`), an xid8 in decimal. It never goes back within one source. */
  readonly nextXid: string
  /**
   * The WAL timeline. A restore or a promotion begins a new timeline, which may use transaction ids of lost transactions again.
   * Null if the source does not reveal it.
   */
  readonly timeline: number | null
}

/** The source, and what its clock says. */
export interface SourceNow extends SourceIdentity {
  readonly now: Date
}

/** The Postgres database that the rows of a file were read from. */
export interface SourceOrigin {
  readonly systemIdentifier: string
  /** Null if it is not known. */
  readonly timeline: number | null
}

export const unknownSystem = 'unknown'

/** Whether two identifiers are of different databases. An unknown cluster matches every cluster. */
export function isOtherSystem(one: string, other: string): boolean {
  const [system, oid] = one.split('/')
  const [otherSystem, otherOid] = other.split('/')
  const isKnown = system !== unknownSystem && otherSystem !== unknownSystem
  return oid !== otherOid || (isKnown && system !== otherSystem)
}

/** Whether two timelines differ. An unknown timeline matches every timeline. */
export function isOtherTimeline(one: number | null | undefined, other: number | null): boolean {
  return one != null && other !== null && one !== other
}
