/** Tells one source database from another, and an earlier state of it (a restored backup) from a later one. */
export interface SourceIdentity {
  /**
   * `<system identifier of the cluster>/<oid of the database>`: another one means that the data is another's. A source that
   * refuses to tell the former has {@link unknownSystem} in its place.
   */
  readonly systemIdentifier: string
  /** The next transaction id (`pg_snapshot_xmax`), an xid8 in decimal. It never goes back within one source. */
  readonly nextXid: string
  /**
   * The WAL timeline. A restore or a promotion begins a new one, whose transaction ids may be those of lost ones. Null where
   * the source refuses to tell it.
   */
  readonly timeline: number | null
}

/** Which Postgres the rows of a file came from. */
export interface SourceOrigin {
  readonly systemIdentifier: string
  /** Null if it is not known. */
  readonly timeline: number | null
}

export const unknownSystem = 'unknown'

/** Whether two identifiers are of different databases. An unknown cluster may be any. */
export function isOtherSystem(one: string, other: string): boolean {
  const [system, oid] = one.split('/')
  const [otherSystem, otherOid] = other.split('/')
  const isKnown = system !== unknownSystem && otherSystem !== unknownSystem
  return oid !== otherOid || (isKnown && system !== otherSystem)
}

/** Whether two timelines differ. One that is not known may be any. */
export function isOtherTimeline(one: number | null | undefined, other: number | null): boolean {
  return one != null && other !== null && one !== other
}
