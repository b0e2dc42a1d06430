import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import pg from 'pg'
import type { Entity } from '../domain/entity.js'
import { ExportError } from '../domain/errors.js'
import type { RowBlock } from '../domain/rows.js'
import { readBlocks } from './blocks.js'
import { isFull, sourceError } from './errors.js'
import { watchHold } from './hold.js'
import { Lease } from './lease.js'
import { tableProblems } from './problems.js'
import { extractionQuery } from './query.js'
import { ReadingSocket } from './reading-socket.js'
import { Rounds } from './rounds.js'
import type { Line } from './silence.js'
import { tenantCheck } from './tenant-check.js'
import { assertNotSetBack, type Begun, beginRead } from './transaction.js'
import type { Extraction, Snapshot, Source, SourceIdentity, SourceOptions } from './types.js'
import { untilAborted } from './until-aborted.js'

export type { HeldRead } from './hold.js'
export type { Extraction, Snapshot, Source, SourceIdentity, SourceOptions } from './types.js'

/** Opens nothing by itself: connections are made when they are needed, and kept for a while. */
export function createSource(options: SourceOptions): Source {
  return new PostgresSource(options)
}

class PostgresSource implements Source {
  readonly #config: pg.ClientConfig
  readonly #pool: pg.Pool
  readonly #silenceMs: number
  readonly #closing = new AbortController()
  readonly #rounds = new Rounds()
  readonly #endings = new Set<Promise<void>>()

  constructor(private readonly options: SourceOptions) {
    this.#silenceMs = options.silenceMs ?? 15_000
    this.#config = {
      connectionString: options.url,
      application_name: options.applicationName ?? 'tidemark-source',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      stream: () => ReadingSocket.create(),
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

  mayWrite({ name, table }: Entity): Promise<boolean> {
    const question = `
      SELECT has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS "mayWrite"
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`
    return this.#ask(`Looking at the rights on the table of ${name}`, async (client) => {
      const { rows } = await client.query<{ mayWrite: boolean }>(question, [table.schema, table.name])
      return rows[0]?.mayWrite === true
    })
  }

  async ping(): Promise<void> {
    await this.#ask('Reaching the source', (client) => client.query('SELECT 1'))
  }

  async read<T>(extraction: Extraction, caller: AbortSignal, use: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const { entity } = extraction
    const doing = `Reading ${entity.name}`
    const hold = watchHold({ tenantId: extraction.tenantId, entity: entity.name }, this.options)
    const signal = AbortSignal.any([caller, this.#closing.signal, hold.signal])
    let begun: Begun | undefined
    const lease = await this.#lend(doing, signal, () => begun && this.#endBackend(begun))
    let sentRows: number | undefined
    try {
      hold.begin()
      begun = await lease.ask(doing, (client) => beginRead(client, entity, this.options.readLimitMs))
      assertTable(await lease.ask(doing, (client) => tableProblems(client, entity)))
      assertNotSetBack(extraction, begun)
      const line = this.#line(lease.client, begun)
      const query = extractionQuery(extraction)
      const onEnd = (sent: number) => (sentRows = sent)
      const blocks = readBlocks(lease.client, query, line, { signal, rounds: this.#rounds, onEnd })
      const checked = onlyOwn(blocks, tenantCheck(extraction.tenantId))
      return await use({ ...begun, blocks: typed(doing, checked), sourceRows: () => known(sentRows) })
    } finally {
      hold.end()
      // A read-only transaction has nothing to lose: where the end fails, the connection is given up, that is all.
      if (sentRows !== undefined)
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
    await Promise.all(this.#endings)
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

  #line(client: pg.PoolClient, { backendPid, backendStart }: Begun): Line {
    return {
      silenceMs: this.#silenceMs,
      bytesRead: () => (client.connection.stream as Socket).bytesRead,
      isAtWork: async () => {
        try {
          const [found] = await this.#askAside(this.#silenceMs, atWork, [backendPid, backendStart])
          return found?.['atWork'] === true
        } catch (error) {
          return isFull(error)
        }
      },
    }
  }

  /** Over a connection of its own, outside of the pool, which may be taken by reads altogether. */
  async #askAside(limitMs: number, text: string, values: unknown[]): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ ...this.#config, connectionTimeoutMillis: limitMs, query_timeout: limitMs })
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query<Record<string, unknown>>(text, values)).rows
    } finally {
      // Nobody waits for the farewell, which may be lost.
      void client.end()
    }
  }

  /**
   * A closed connection alone does not stop a query that has not yet sent anything, nor one whose rows nobody takes any
   * more on a line that went silent: ask for it.
   */
  #endBackend({ backendPid, backendStart }: Begun): void {
    const ending = this.#askAside(endMs, endBackend, [backendPid, backendStart])
      .then(
        () => {},
        () => {},
      )
      .finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }
}

/** Not idle, nor waiting until we take what it has sent. */
const atWork = `
  SELECT state = 'active' AND wait_event_type IS DISTINCT FROM 'Client' AS "atWork"
  FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz`

const endBackend = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz`

const endMs = 10_000

/** Connecting is bounded; waiting for a free connection of the pool is not, for reads may take hours. */
class BoundedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(typeof config === 'string' ? config : { ...config, connectionTimeoutMillis: 10_000 })
  }
}

/** A table that is not what the catalog says would give a file that is not what the manifest says. */
function assertTable(problems: readonly string[]): void {
  if (problems.length > 0) throw new ExportError('SOURCE_SCHEMA_MISMATCH', problems.join('; '))
}

function known(sentRows: number | undefined): number {
  if (sentRows === undefined) throw new Error('How many rows there are is not known before all of them have been read.')
  return sentRows
}

async function* onlyOwn(
  blocks: AsyncIterable<RowBlock>,
  check: (block: RowBlock) => void,
): AsyncGenerator<RowBlock, void, undefined> {
  for await (const block of blocks) {
    check(block)
    yield block
  }
}

async function* typed<T>(doing: string, rows: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* rows
  } catch (error) {
    throw sourceError(doing, error)
  }
}
