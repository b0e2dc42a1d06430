import type { ClientBase, QueryResult } from 'pg'
import type { Entity } from '../domain/entity.js'
import { ExportError } from '../domain/errors.js'
import { BoundedClient } from './bounded-client.js'
import { type Capabilities, systemIdentifierOf, timelineOf } from './capabilities.js'
import { damageIsHidden } from './checks/database.js'
import type { Relation } from './checks/relation.js'
import { ownRelationQuery } from './checks/relations-query.js'
import { qualifiedTable } from './qualified-table.js'
import { beginStatements, contentStatement } from './session-settings.js'
import { isOtherSystem, isOtherTimeline, type SourceIdentity, unknownSystem } from '../domain/source-identity.js'
import type { Extraction } from './types.js'

/** The server process of a connection. */
export interface ServerProcess {
  readonly backendPid: number
  /** Process ids are reused, so the start time is needed as well. */
  readonly backendStart: string
}

/** The snapshot of an open transaction, and its server process. */
export interface Begun extends SourceIdentity, ServerProcess {
  readonly snapshot: string
  /** What the source's clock says, in milliseconds since 1970. */
  readonly clockMs: number
}

export interface BegunReads {
  readonly begun: Begun
  /** Whether Postgres leaves out the rows of damaged pages. */
  readonly isDamageHidden: boolean
  /** The own relation of each entity; undefined if it does not exist. */
  readonly own: readonly (Relation | undefined)[]
}

/** Postgres shows the process only to the login, so a role from the login's settings is reset meanwhile. */
const serverProcess = `
  SET LOCAL ROLE NONE;
  SELECT pg_backend_pid() AS "backendPid", backend_start::text AS "backendStart"
  FROM pg_stat_activity WHERE pid = pg_backend_pid();
  SET LOCAL role TO DEFAULT;`

/** Leaves out values that the server refuses. Then only transaction ids show that a source was restored. */
function identity(client: ClientBase): string {
  const { systemIdentifier, timeline } = capabilitiesOf(client)
  return `
  SELECT pg_is_in_recovery() AS standby, ${damageIsHidden} AS "isDamageHidden",
    pg_current_snapshot()::text AS snapshot, pg_snapshot_xmax(pg_current_snapshot())::text AS "nextXid",
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "clockMs",
    ${timeline ? timelineOf : 'NULL::int'} AS timeline,
    ${systemIdentifier ? systemIdentifierOf : `'${unknownSystem}'`} || '/' ||
    (SELECT oid FROM pg_database WHERE datname = current_database()) AS "systemIdentifier"`
}

function capabilitiesOf(client: ClientBase): Capabilities {
  return client instanceof BoundedClient ? client.capabilities : { systemIdentifier: true, timeline: true }
}

interface Identity extends SourceIdentity {
  readonly snapshot: string
  readonly clockMs: number
  readonly standby: boolean
  readonly isDamageHidden: boolean
}

/**
 * Opens a transaction for short questions. Refuses a standby, which has no transaction ids. `limitMs`: for how long it
 * may last; without a limit where left out.
 */
export async function begin(client: ClientBase, limitMs?: number): Promise<Begun> {
  const results = await ask(client, beginning(client, limitMs) + identity(client))
  return begunFrom(results.at(-3), results.at(-1)).begun
}

/**
 * Opens the one transaction of some reads; its snapshot is the one returned. The tables are locked against changes of their
 * form before the snapshot is taken: a table that ALTER TABLE writes anew meanwhile, or that is truncated, looks empty to
 * an older snapshot.
 */
export async function beginReads(
  client: ClientBase,
  entities: readonly Entity[],
  limitMs?: number,
): Promise<BegunReads> {
  const lock = `LOCK TABLE ${entities.map(qualifiedTable).join(', ')} IN ACCESS SHARE MODE;`
  const questions = [identity(client), ...entities.map(ownRelationQuery)]
  const results = await ask(client, beginning(client, limitMs, lock) + questions.join(';'))
  const owns = results.slice(-entities.length) as QueryResult<Relation>[]
  const [process, , identified] = results.slice(-entities.length - 3)
  return { ...begunFrom(process, identified), own: owns.map(({ rows: [own] }) => own) }
}

function beginning(client: ClientBase, limitMs: number | undefined, lock = ''): string {
  const version = client instanceof BoundedClient ? client.version : undefined
  return beginStatements(limitMs, version) + lock + contentStatement(version) + serverProcess
}

/** Sends one message. Postgres executes its statements in order, and stops at the first error. */
async function ask(client: ClientBase, statements: string): Promise<QueryResult[]> {
  const results: unknown = await client.query(statements)
  return results as QueryResult[]
}

function begunFrom(process: QueryResult | undefined, identified: QueryResult | undefined): Omit<BegunReads, 'own'> {
  const { standby, isDamageHidden, ...begun } = only(identified) as Identity
  if (standby) throw new ExportError('SOURCE_UNAVAILABLE', 'The source is a standby; exports must read the primary.')
  return { begun: { ...begun, ...(only(process) as ServerProcess) }, isDamageHidden }
}

function only(result: QueryResult<object> | undefined): object {
  const [row] = result?.rows ?? []
  if (!row) throw new Error('the beginning of a transaction gave no answer')
  return row
}

/**
 * Refuses to read with snapshots that the current source never took. The source was reset or restored since, so a transaction
 * id in them may belong to another transaction now.
 */
export function assertNotSetBack(extraction: Extraction, now: SourceIdentity): void {
  const { systemIdentifier, timeline } = extraction
  if (systemIdentifier !== undefined && isOtherSystem(systemIdentifier, now.systemIdentifier)) {
    throw changed(`The source is ${now.systemIdentifier}, but the last file was read from ${systemIdentifier}.`)
  }
  if (isOtherTimeline(timeline, now.timeline)) {
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
