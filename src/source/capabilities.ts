import type { ClientBase } from 'pg'
import { isOutage } from './errors.js'

/** What the source tells about itself. Managed services refuse some of it to every login. */
export interface Capabilities {
  /** The identifier of the cluster: `pg_control_system()`. */
  readonly systemIdentifier: boolean
  /** The WAL timeline. Aurora refuses `pg_current_wal_lsn()` unless `wal_level` is `logical`. */
  readonly timeline: boolean
}

export const systemIdentifierOf = '(SELECT system_identifier FROM pg_control_system())'

/** 0 on a standby, which has no current location of the log. */
export const timelineOf = `CASE WHEN pg_is_in_recovery() THEN 0
  ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END`

/** Reads each in a separate transaction. @throws if the connection breaks */
export async function readCapabilities(client: ClientBase): Promise<Capabilities> {
  const systemIdentifier = await isReadable(client, systemIdentifierOf)
  return { systemIdentifier, timeline: await isReadable(client, timelineOf) }
}

async function isReadable(client: ClientBase, expression: string): Promise<boolean> {
  try {
    const { rows } = await client.query(`SELECT ${expression} AS value`)
    return (rows as { value: unknown }[])[0]?.value !== null
  } catch (error) {
    if (isOutage(error)) throw error
    return false
  }
}
