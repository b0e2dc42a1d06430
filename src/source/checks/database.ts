import type { ClientBase } from 'pg'
import type { Capabilities } from '../capabilities.js'
import type { SourceFinding, SourceWarning } from '../../domain/source-finding.js'

interface Facts {
  readonly name: string
  readonly encoding: string
  readonly isOrderChanged: boolean
  /** As `current_setting` prints them; null where this version of Postgres has no such setting. */
  readonly zeroDamagedPages: string
  readonly ignoreChecksumFailure: string
  readonly tempFileLimit: string
  readonly oldSnapshotThreshold: string | null
  /** How many connections the login, or everybody, may have; -1 for no limit. */
  readonly connections: number
}

const question = `
  SELECT format('the database %I', d.datname) AS name, pg_encoding_to_char(d.encoding) AS encoding,
    d.datcollversion IS NOT NULL AND d.datcollversion IS DISTINCT FROM pg_database_collation_actual_version(d.oid)
      AS "isOrderChanged",
    current_setting('zero_damaged_pages') AS "zeroDamagedPages",
    current_setting('ignore_checksum_failure') AS "ignoreChecksumFailure",
    current_setting('temp_file_limit') AS "tempFileLimit",
    current_setting('old_snapshot_threshold', true) AS "oldSnapshotThreshold",
    least(nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1), 2147483647) AS connections
  FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = session_user`

/** What of the whole database may hide rows, end reads or change values. `wanted`: connections of one worker. */
export async function databaseFindings(
  client: ClientBase,
  wanted: number,
  capabilities: Capabilities | undefined,
): Promise<SourceFinding[]> {
  const { rows } = await client.query<Facts>(question)
  return rows.flatMap((facts) => [
    ...damageFindings(facts),
    ...warnings(facts, wanted),
    ...identityWarnings(facts, capabilities),
  ])
}

/** A weaker promise 5: a restored source gets full loads only if something tells that it was restored. */
function identityWarnings({ name }: Facts, capabilities: Capabilities | undefined): SourceWarning[] {
  const untold = [
    ...(capabilities?.systemIdentifier === false ? ['the identifier of its cluster (pg_control_system)'] : []),
    ...(capabilities?.timeline === false ? ['its WAL timeline (pg_current_wal_lsn, pg_walfile_name)'] : []),
  ]
  return untold.map((what) => ({
    severity: 'warn',
    code: 'SOURCE_RESTORE_UNSEEN',
    table: name,
    cause: `it refuses to tell ${what}, so a source that is restored from a backup is noticed only if its transaction ids went back`,
    fix: 'request a full load of every entity after you have restored or replaced the source',
  }))
}

/** A damaged page then looks empty, and nothing but a line in the log of the server says so. */
export const damageIsHidden = `current_setting('zero_damaged_pages') = 'on'`

function damageFindings({ name, zeroDamagedPages }: Facts): SourceFinding[] {
  return zeroDamagedPages === 'on' ? [damageFinding(name)] : []
}

export function damageFinding(table: string): SourceFinding & { severity: 'refuse' } {
  return {
    severity: 'refuse',
    code: 'SOURCE_ROWS_HIDDEN',
    everyFile: true,
    table,
    cause: 'zero_damaged_pages is on, so the rows of a damaged page are left out without an error',
    fix: 'switch zero_damaged_pages off for the login, the database and the server',
  }
}

function warnings(facts: Facts, wanted: number): SourceWarning[] {
  const { name, tempFileLimit, oldSnapshotThreshold, connections } = facts
  const setting = (cause: string, fix: string): SourceWarning => ({
    ...{ severity: 'warn', code: 'SOURCE_SETTING', table: name },
    ...{ cause, fix },
  })
  const order: SourceWarning = {
    severity: 'warn',
    code: 'SOURCE_ORDER_CHANGED',
    table: name,
    cause: 'the rules for sorting text changed since its indexes were made, so an index may miss rows',
    fix: `REINDEX ${name.replace('the database', 'DATABASE')}; ALTER ${name.replace('the database', 'DATABASE')} REFRESH COLLATION VERSION`,
  }
  const known: [boolean, SourceWarning][] = [
    [facts.isOrderChanged, order],
    [
      facts.ignoreChecksumFailure === 'on',
      setting('ignore_checksum_failure is on, so damaged values are exported', 'switch ignore_checksum_failure off'),
    ],
    [
      tempFileLimit !== '-1',
      setting(
        `temp_file_limit is ${tempFileLimit}: a view that sorts more than that ends its read with an error`,
        'raise temp_file_limit for the login, or leave it if no entity reads a view',
      ),
    ],
    [
      oldSnapshotThreshold !== null && oldSnapshotThreshold !== '-1',
      setting(
        `old_snapshot_threshold is ${oldSnapshotThreshold}: a longer read ends with "snapshot too old"`,
        'set old_snapshot_threshold to -1 and restart Postgres',
      ),
    ],
    [
      facts.encoding === 'SQL_ASCII',
      setting(
        'its encoding is SQL_ASCII: Postgres does not check that values are UTF-8',
        'move it to a UTF-8 database',
      ),
    ],
    [
      connections < wanted,
      setting(
        `the login may have ${connections} connections, but a worker wants ${wanted}`,
        'raise CONNECTION LIMIT of the login or the database, or lower SOURCE_POOL_SIZE',
      ),
    ],
  ]
  return known.flatMap(([holds, warning]) => (holds ? [warning] : []))
}
