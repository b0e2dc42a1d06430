import type { ClientBase, QueryResult } from 'pg'
import type { Entity } from '../domain/entity.js'
import { ExportError } from '../domain/errors.js'
import { qualifiedTable } from './query.js'
import type { Extraction, SourceIdentity } from './types.js'

/** Postgres ends a read so many ms later than we do, who can say why. */
const graceMs = 30_000

/**
 * Settings that make Postgres print values in one form, whatever the role's or database's defaults are. A read may
 * last for hours and waits for whoever takes the rows: Postgres' own limit for it is ours, for a worker that is no
 * longer there to keep it; keep-alives find a dead peer. For a lock it does not wait long: whoever changes the table may
 * take hours, too.
 */
const begin = (limitMs: number | undefined): string => `
  BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
  SET LOCAL TimeZone = 'UTC';
  SET LOCAL DateStyle = 'ISO, YMD';
  SET LOCAL extra_float_digits = 1;
  SET LOCAL jit = off;
  SET LOCAL statement_timeout = ${limitMs === undefined ? 0 : limitMs + graceMs};
  SET LOCAL lock_timeout = '20s';
  SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL tcp_keepalives_idle = 30;
  SET LOCAL tcp_keepalives_interval = 10;
  SET LOCAL tcp_keepalives_count = 6;`

const describe = `
  SELECT pg_backend_pid() AS "backendPid",
    (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS "backendStart",
    pg_is_in_recovery() AS standby, pg_current_snapshot()::text AS snapshot,
    pg_snapshot_xmax(pg_current_snapshot())::text AS "nextXid",
    CASE WHEN pg_is_in_recovery() THEN 0
      ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END AS timeline,
    (SELECT system_identifier FROM pg_control_system()) || '/' ||
    (SELECT oid FROM pg_database WHERE datname = current_database()) AS "systemIdentifier"`

/** What an open transaction sees, and which server process runs it. */
export interface Begun extends SourceIdentity {
  readonly snapshot: string
  readonly backendPid: number
  /** Since process ids are given again. */
  readonly backendStart: string
}

/**
 * Opens the one transaction of a read; its snapshot is the one returned. Refuses a standby, which has no xids.
 * The table is locked against changes of its form before the snapshot is taken: a table that is written anew meanwhile
 * by ALTER TABLE, or truncated, looks empty to an older snapshot. `limitMs`: for each statement; none where left out.
 */
export async function beginRead(client: ClientBase, entity?: Entity, limitMs?: number): Promise<Begun> {
  const lock = entity ? `LOCK TABLE ${qualifiedTable(entity)} IN ACCESS SHARE MODE;` : ''
  // One message: Postgres carries out its statements one after the other, and none after one that fails.
  const results: unknown = await client.query(begin(limitMs) + lock + describe)
  const [row] = (results as QueryResult<Begun & { standby: boolean }>[]).at(-1)?.rows ?? []
  if (!row || row.standby) {
    throw new ExportError('SOURCE_UNAVAILABLE', 'The source is a standby; exports must read the primary.')
  }
  return row
}

/**
 * Refuses to read with snapshots that the source, as it is now, never took: it was set back or restored since, and a
 * transaction id in them may mean another transaction by now.
 */
export function assertNotSetBack(extraction: Extraction, now: SourceIdentity): void {
  const { systemIdentifier, timeline } = extraction
  if (systemIdentifier !== undefined && systemIdentifier !== now.systemIdentifier) {
    throw changed(`The source is ${now.systemIdentifier}, but the last file was read from ${systemIdentifier}.`)
  }
  if (timeline !== undefined && timeline !== null && timeline !== now.timeline) {
    throw changed(`The source is on timeline ${now.timeline}, but the last file was read on timeline ${timeline}.`)
  }
  const base = extraction.mode === 'delta' ? extraction.snapshot : undefined
  for (const snapshot of [base, extraction.visibleIn]) {
    if (snapshot === undefined) continue
    const xmax = snapshot.split(':')[1]
    if (xmax !== undefined && BigInt(xmax) <= BigInt(now.nextXid)) continue
    throw changed(`The source's next transaction is ${now.nextXid}, but a file was read at ${xmax ?? snapshot}.`)
  }
}

function changed(how: string): ExportError {
  return new ExportError('SOURCE_CHANGED', how)
}
