import { AsyncLocalStorage } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../generated/prisma/client.js'
import { KeyedTurns } from '../domain/turns.js'
import type { Prisma } from '../generated/prisma/client.js'
import { databaseSchema } from './database-schema.js'
import { assertHeldByRowSecurity } from './service-login.js'

export type Transaction = Prisma.TransactionClient

/** How long a transaction may take, and wait for a connection, in ms. The longest holds a rename on the SFTP server. */
export const transactionLimits = { timeout: 45_000, maxWait: 10_000 }

/** What is locked for one tenant. `schedule` is held while Temporal answers, so registrations have a lock of their own. */
export type TenantLock = 'registration' | 'schedule' | 'sftp-keys'

/** Tidemark's own database. Whatever is asked of it is asked for one tenant, to which Postgres itself holds the answer. */
export interface Database {
  /**
   * One transaction that sees and writes the rows of that tenant alone: row-level security, see
   * prisma/migrations/20261125230000_row_level_security. All transactions of one tenant have at most half of the pool's
   * connections; further ones wait, without a connection.
   */
  forTenant<T>(
    tenantId: string,
    work: (transaction: Transaction) => Promise<T>,
    options?: {
      readonly isolationLevel?: Prisma.TransactionIsolationLevel
      /** What only one transaction of the tenant may do at a time, over all processes. */
      readonly lock?: TenantLock
    },
  ): Promise<T>
  /** What one of the functions gives that tell the ids of tenants. No tenant is named: every table is empty here. */
  tenantIds(call: Prisma.Sql): Promise<string[]>
  /** The number that one of the functions gives that work on the rows of all tenants. */
  count(call: Prisma.Sql): Promise<number>
  /**
   * Asks the least that can be asked.
   * @throws UnsafeLoginError where row-level security would not hold the login.
   */
  check(): Promise<void>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly poolSize: number
  /**
   * A connection on which nothing has come or gone for so long is closed, and what waits for it fails; 50 s by default:
   * more than Postgres takes for any statement, and than a transaction may be idle.
   */
  readonly silenceMs?: number
}

/**
 * A client with a pool of its own. Nothing waits for ever: locks, statements and idle transactions have limits in
 * Postgres, and a line that went silent has one here. No connection is used whose login is above row-level security.
 */
export function openDatabase({ url, poolSize, silenceMs = 50_000 }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: 'tidemark',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    Client: TenantClient,
    verify: (client, done) => void holdToRowSecurity(client, done),
  })
  pool.on('connect', (client) => closeOnSilence(client, silenceMs))
  // An idle connection broke. The pool drops it, and makes a new one when it is needed.
  pool.on('error', () => {})
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { schema: databaseSchema, disposeExternalPool: true }),
  })
  const share = new KeyedTurns(Math.max(1, Math.floor(poolSize / 2)))
  const lockTurns = new KeyedTurns(1)
  const inTransaction: Database['forTenant'] = (tenantId, work, { lock: _lock, ...options } = {}) =>
    share.take(tenantId, () =>
      tenantToName.run(tenantId, () => prisma.$transaction(work, { ...transactionLimits, ...options })),
    )
  return {
    forTenant: (tenantId, work, options = {}) => {
      const { lock } = options
      if (lock === undefined) return inTransaction(tenantId, work, options)
      // Waits in this process first: who waits in Postgres has a connection that others need.
      const locked = (transaction: Transaction) =>
        lockForTransaction(transaction, `${lock}:${tenantId}`).then(() => work(transaction))
      return lockTurns.take(`${lock}:${tenantId}`, () => inTransaction(tenantId, locked, options))
    },
    tenantIds: async (call) => {
      const rows = await inTransaction(
        noTenant,
        (transaction) => transaction.$queryRaw<{ tenantId: string }[]>`SELECT ${call} AS "tenantId"`,
      )
      return rows.map(({ tenantId }) => tenantId)
    },
    count: async (call) => {
      const [row] = await inTransaction(
        noTenant,
        (transaction) => transaction.$queryRaw<{ count: number }[]>`SELECT ${call} AS "count"`,
      )
      return row?.count ?? 0
    },
    check: async () => {
      await pool.query('SELECT 1')
    },
    close: () => prisma.$disconnect(),
  }
}

/** Whose transaction is about to begin. */
const tenantToName = new AsyncLocalStorage<string>()

/** No tenant has this id. */
const noTenant = ''

/**
 * Set for each transaction, not for the connection: behind a pooler, such as PgBouncer in transaction mode, each transaction
 * may have another connection.
 */
const transactionSettings = {
  search_path: databaseSchema,
  TimeZone: 'UTC',
  lock_timeout: '20s',
  statement_timeout: '30s',
  idle_in_transaction_session_timeout: '60s',
} as const

type Ask = (query: unknown, ...rest: unknown[]) => unknown

/**
 * Prisma begins a transaction with this word alone. The same message names the tenant and has the settings, which saves a
 * round trip. A Prisma that began with other words would name no tenant, and find every table empty.
 */
class TenantClient extends pg.Client {
  override query = ((query: unknown, ...rest: unknown[]) => {
    const ask = super.query.bind(this) as Ask
    return ask(isBegin(query) ? { ...query, text: `BEGIN; ${settings()}` } : query, ...rest)
  }) as pg.Client['query']
}

function isBegin(query: unknown): query is { readonly text: string } {
  return (query as { text?: unknown } | null)?.text === 'BEGIN'
}

/** For this transaction alone; as statements that leave its isolation level still to be chosen. */
function settings(): string {
  const tenantId = tenantToName.getStore()
  if (tenantId === undefined) throw new Error('a transaction of no tenant')
  return Object.entries({ ...transactionSettings, 'tidemark.tenant': tenantId })
    .map(([name, value]) => `SET LOCAL ${name} = ${pg.escapeLiteral(value)}`)
    .join('; ')
}

/** In the form that the pool asks for: a connection that it makes is used only where `done` hears of no error. */
async function holdToRowSecurity(client: pg.PoolClient, done: (error?: Error) => void): Promise<void> {
  try {
    await assertHeldByRowSecurity(client, databaseSchema)
  } catch (error) {
    return done(error as Error)
  }
  return done()
}

/**
 * By the socket, not by pg's `query_timeout`: that one leaves the connection open, with the dead query on it, and Prisma
 * would give it back to the pool after a failed ROLLBACK, for the next one to wait on.
 */
function closeOnSilence(client: pg.PoolClient, silenceMs: number): void {
  const socket = client.connection.stream as Socket
  const silent = new Error(`Connection terminated: nothing came for ${silenceMs / 1000} s`)
  socket.setTimeout(silenceMs, () => socket.destroy(silent))
}

/** Waits for other processes that have the lock of that name, and holds it until the transaction ends. */
async function lockForTransaction(transaction: Transaction, name: string): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`
}
