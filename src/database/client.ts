import { AsyncLocalStorage } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../generated/prisma/client.js'
import { KeyedSemaphore } from '../domain/semaphore.js'
import type { Prisma } from '../generated/prisma/client.js'
import { databaseSchema } from './database-schema.js'
import { readInOneMessage } from './one-message.js'
import { assertHeldByRowSecurity } from './service-login.js'

export type Transaction = Prisma.TransactionClient

/** How long a transaction may take, and wait for a connection, in ms. The longest lasts as long as a rename on the SFTP server. */
const transactionLimits = { timeout: 45_000, maxWait: 10_000 }

/** What is locked for one tenant. `schedule` is held while Temporal is called, so registrations have a lock of their own. */
export type TenantLock = 'registration' | 'schedule' | 'sftp-keys' | 'webhooks' | 'email'

/** Tidemark's own database. Each call names one tenant, and Postgres itself restricts it to the rows of that tenant. */
export interface Database {
  /**
   * One transaction that reads and writes only the rows of that tenant, by row-level security: see
   * prisma/migrations/20261125230000_row_level_security. The transactions of one tenant use at most half of the pool's
   * connections. Further transactions wait without a connection.
   */
  forTenant<T>(
    tenantId: string,
    work: (transaction: Transaction) => Promise<T>,
    options?: {
      readonly isolationLevel?: Prisma.TransactionIsolationLevel
      /** Only one transaction of the tenant holds this lock at a time, over all processes. */
      readonly lock?: TenantLock
    },
  ): Promise<T>
  /**
   * The rows of one query in a read-only transaction of the tenant, which costs a single message to Postgres. The query has no
   * parameters: it reads the tenant's id from `current_setting('tidemark.tenant')`.
   */
  readForTenant<Row>(tenantId: string, query: string): Promise<Row[]>
  /**
   * One transaction on the tables of operations, such as incidents. It names no tenant, so that every tenant's table is empty
   * in it.
   */
  forOperations<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  /** The rows of one query without parameters on such tables, which costs a single message to Postgres. */
  readForOperations<Row>(query: string): Promise<Row[]>
  /** Calls a database function that returns ids of tenants. The transaction names no tenant, so that every table is empty in it. */
  tenantIds(call: Prisma.Sql): Promise<string[]>
  /** Calls a database function that works on the rows of all tenants and returns a number. */
  count(call: Prisma.Sql): Promise<number>
  /**
   * Checks that the database answers.
   * @throws UnsafeLoginError if row-level security does not apply to the login
   */
  check(): Promise<void>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  readonly poolSize: number
  /**
   * A connection without any traffic for this long is closed, and the call that waits for it fails. The default, 50 s, is more
   * than any statement may take, and more than a transaction may be idle.
   */
  readonly silenceMs?: number
  /** Is called with the pool, for metrics. */
  readonly onPool?: ((pool: pg.Pool) => void) | undefined
}

/**
 * A client with a pool of its own. Nothing waits indefinitely: Postgres limits locks, statements and idle transactions, and
 * the client limits the silence of a connection. It uses no connection whose login bypasses row-level security.
 */
export function openDatabase({ url, poolSize, silenceMs = 50_000, onPool }: DatabaseOptions): Database {
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
  pool.on('connect', (client) => {
    closeOnSilence(client, silenceMs)
    // While a connection is checked, the pool does not listen yet: without this listener, a break would end the process.
    client.on('error', () => {})
  })
  // An idle connection broke. The pool drops it, and opens a new one when it needs one.
  pool.on('error', () => {})
  onPool?.(pool)
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { schema: databaseSchema }),
  })
  const share = new KeyedSemaphore(Math.max(1, Math.floor(poolSize / 2)))
  const locks = new KeyedSemaphore(1)
  const inTransaction: Database['forTenant'] = (tenantId, work, { lock: _lock, ...options } = {}) =>
    share.run(tenantId, () =>
      tenantToName.run(tenantId, () => prisma.$transaction(work, { ...transactionLimits, ...options })),
    )
  const read: Database['readForTenant'] = (tenantId, query) =>
    share.run(tenantId, () => readInOneMessage(pool, `BEGIN READ ONLY; ${settings(tenantId)}`, query))
  return {
    forTenant: (tenantId, work, options = {}) => {
      const { lock } = options
      if (lock === undefined) return inTransaction(tenantId, work, options)
      // Waits in this process first: a transaction that waits in Postgres holds a connection that others need.
      const locked = (transaction: Transaction) =>
        lockForTransaction(transaction, `${lock}:${tenantId}`).then(() => work(transaction))
      return locks.run(`${lock}:${tenantId}`, () => inTransaction(tenantId, locked, options))
    },
    readForTenant: read,
    forOperations: (work) => inTransaction(noTenant, work),
    readForOperations: (query) => read(noTenant, query),
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
    close: async () => {
      await prisma.$disconnect()
      if (!pool.ending) await pool.end()
    },
  }
}

/** The tenant of the transaction that is about to begin. */
const tenantToName = new AsyncLocalStorage<string>()

/** No tenant has this id. */
const noTenant = ''

/**
 * Set for each transaction, not for the connection: a pooler, such as PgBouncer in transaction mode, may give each transaction
 * another connection.
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
 * Prisma begins a transaction with the statement `BEGIN`. This client adds the tenant and the settings to the same message, which
 * saves a round trip. If Prisma began transactions in another way, no tenant would be named, and every table would be empty.
 */
class TenantClient extends pg.Client {
  override query = ((query: unknown, ...rest: unknown[]) => {
    const ask = super.query.bind(this) as Ask
    return ask(isBegin(query) ? { ...query, text: `BEGIN; ${settings(tenantToName.getStore())}` } : query, ...rest)
  }) as pg.Client['query']
}

function isBegin(query: unknown): query is { readonly text: string } {
  return (query as { text?: unknown } | null)?.text === 'BEGIN'
}

/** `SET LOCAL` ends with the transaction, and leaves its isolation level to be set later. */
function settings(tenantId: string | undefined): string {
  if (tenantId === undefined) throw new Error('The transaction names no tenant.')
  return Object.entries({ ...transactionSettings, 'tidemark.tenant': tenantId })
    .map(([name, value]) => `SET LOCAL ${name} = ${pg.escapeLiteral(value)}`)
    .join('; ')
}

/** The pool uses a new connection only if `done` gets no error. */
async function holdToRowSecurity(client: pg.PoolClient, done: (error?: Error) => void): Promise<void> {
  try {
    await assertHeldByRowSecurity(client, databaseSchema)
  } catch (error) {
    return done(error as Error)
  }
  return done()
}

/**
 * Closes the socket. pg's `query_timeout` would leave the connection open with the dead query on it, and Prisma would give it
 * back to the pool after a failed ROLLBACK, where the next transaction would wait on it.
 */
function closeOnSilence(client: pg.PoolClient, silenceMs: number): void {
  const socket = client.connection.stream as Socket
  const silent = new Error(`Connection terminated: no data for ${silenceMs / 1000} s`)
  socket.setTimeout(silenceMs, () => socket.destroy(silent))
}

/** Waits for other processes that hold the lock of that name, and holds it until the transaction ends. */
async function lockForTransaction(transaction: Transaction, name: string): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`
}
