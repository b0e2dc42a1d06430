import { setMaxListeners } from 'node:events'
import pg from 'pg'
import type { Entity } from '../domain/entity.js'
import { readBatches } from './batches.js'
import { sourceError } from './errors.js'
import { Lease } from './lease.js'
import { tableProblems } from './problems.js'
import { countQuery, extractionQuery, type Query } from './query.js'
import { assertNotSetBack, beginRead } from './transaction.js'
import type { Extraction, Snapshot, Source, SourceIdentity, SourceOptions } from './types.js'
import { untilAborted } from './until-aborted.js'

export type { Extraction, RawRow, Snapshot, Source, SourceIdentity, SourceOptions } from './types.js'

/** Opens nothing by itself: connections are made when they are needed, and kept for a while. */
export function createSource(options: SourceOptions): Source {
  return new PostgresSource(options)
}

class PostgresSource implements Source {
  readonly #config: pg.ClientConfig
  readonly #pool: pg.Pool
  readonly #closing = new AbortController()
  readonly #cancellations = new Set<Promise<void>>()

  constructor(options: SourceOptions) {
    this.#config = {
      connectionString: options.url,
      application_name: options.applicationName ?? 'tidemark-source',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    }
    this.#pool = new pg.Pool({
      ...this.#config,
      max: options.poolSize,
      idleTimeoutMillis: 60_000,
      Client: BoundedClient,
    })
    setMaxListeners(0, this.#closing.signal)
    // An idle connection broke. The pool drops it, and the next read makes a new one.
    this.#pool.on('error', () => {})
  }

  async identity(): Promise<SourceIdentity> {
    const { systemIdentifier, nextXid, timeline } = await this.#ask(
      'Reading the identity of the source',
      async (client) => {
        const begun = await beginRead(client)
        await client.query('COMMIT')
        return begun
      },
    )
    return { systemIdentifier, nextXid, timeline }
  }

  problems(entity: Entity): Promise<string[]> {
    return this.#ask(`Looking at the table of ${entity.name}`, (client) => tableProblems(client, entity))
  }

  async ping(): Promise<void> {
    await this.#ask('Reaching the source', (client) => client.query('SELECT 1'))
  }

  async read<T>(extraction: Extraction, caller: AbortSignal, use: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const doing = `Reading ${extraction.entity.name}`
    const signal = AbortSignal.any([caller, this.#closing.signal])
    let backendPid = 0
    const lease = await this.#lend(doing, signal, () => this.#cancelQuery(backendPid))
    let ended = false
    try {
      const begun = await lease.ask(doing, beginRead)
      backendPid = begun.backendPid
      assertNotSetBack(extraction, begun)
      const sourceRows = await lease.await(doing, countRows(lease.client, countQuery(extraction)))
      const rows = readBatches(lease.client, extractionQuery(extraction), signal, () => (ended = true))
      return await use({ ...begun, sourceRows, batches: typed(doing, rows) })
    } finally {
      // A read-only transaction has nothing to lose: where the end fails, the connection is given up, that is all.
      if (ended)
        await lease
          .ask(doing, (client) => client.query('COMMIT'))
          .then(
            () => lease.giveBack(),
            () => {},
          )
      else lease.giveUp()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#pool.end()
    await Promise.all(this.#cancellations)
  }

  async #ask<T>(doing: string, question: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const lease = await this.#lend(doing, this.#closing.signal)
    const answer = await lease.ask(doing, question)
    lease.giveBack()
    return answer
  }

  async #lend(doing: string, signal: AbortSignal, onGivenUp?: () => void): Promise<Lease> {
    const connecting = this.#pool.connect()
    try {
      return new Lease(await untilAborted(connecting, signal), signal, onGivenUp)
    } catch (error) {
      // A connection that comes after the caller has gone is for the next one.
      connecting.then(
        (client) => client.release(),
        () => {},
      )
      throw sourceError(doing, error)
    }
  }

  /** A closed connection alone does not stop a query that has not yet sent anything: ask for it. */
  #cancelQuery(backendPid: number): void {
    if (backendPid === 0) return
    const client = new BoundedClient(this.#config)
    client.on('error', () => {})
    const cancellation = client
      .connect()
      .then(() => client.query({ text: 'SELECT pg_cancel_backend($1)', values: [backendPid] }))
      .catch(() => {})
      .then(() => client.end())
      .finally(() => this.#cancellations.delete(cancellation))
    this.#cancellations.add(cancellation)
  }
}

/** Connecting is bounded; waiting for a free connection of the pool is not, for reads may take hours. */
class BoundedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(typeof config === 'string' ? config : { ...config, connectionTimeoutMillis: 10_000 })
  }
}

async function countRows(client: pg.ClientBase, query: Query): Promise<number> {
  const { rows } = await client.query<{ count: string }>(query.text, query.values)
  return Number(rows[0]?.count)
}

async function* typed<T>(doing: string, rows: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* rows
  } catch (error) {
    throw sourceError(doing, error)
  }
}
