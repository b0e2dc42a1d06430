import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import pg from 'pg'
import type { Entity } from '../domain/entity.js'
import type { RowBlock } from '../domain/rows.js'
import type { SourceFinding } from '../domain/source-finding.js'
import type { SourceNow } from '../domain/source-identity.js'
import { endProcess, isAtWork } from './server-process.js'
import { readBlocks } from './blocks.js'
import { BoundedClient } from './bounded-client.js'
import { type Capabilities, readCapabilities } from './capabilities.js'
import { checkEntity } from './checks/check-entity.js'
import { databaseFindings } from './checks/database.js'
import { isFull, sourceError } from './errors.js'
import { watchRead } from './held-read.js'
import { Lease } from './lease.js'
import { type OpenRead, openReads } from './open-read.js'
import { extractionQuery, type SourceTypes } from './query.js'
import { ReadingSocket } from './reading-socket.js'
import { ReadPacer } from './read-pacer.js'
import type { Line } from './unless-silent.js'
import { tenantCheck } from './tenant-check.js'
import { begin, type Begun } from './transaction.js'
import type { Extraction, Reader, Snapshot, Source, SourceOptions } from './types.js'
import { untilCancelled } from './until-cancelled.js'

export type { HeldRead } from './held-read.js'
export type { Extraction, FoundInRead, Reader, Snapshot, Source, SourceOptions } from './types.js'

/** Opens connections on demand, and keeps idle ones for a while. */
export function createSource(options: SourceOptions): Source {
  return new PostgresSource(options)
}

class PostgresSource implements Source {
  readonly #config: pg.ClientConfig
  readonly #pool: pg.Pool
  readonly #silenceMs: number
  readonly #closing = new AbortController()
  readonly #pacer = new ReadPacer()
  readonly #endings = new Set<Promise<void>>()
  /** Read with each new connection, because a service can refuse other functions after a restart. */
  #capabilities: Capabilities | undefined

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
      verify: (client, done) => void this.#prepare(client, done),
    })
    setMaxListeners(0, this.#closing.signal)
    // An idle connection broke. The pool drops it, and the next read makes a new one.
    this.#pool.on('error', () => {})
    options.onPool?.(this.#pool)
  }

  async identity(): Promise<SourceNow> {
    const doing = 'Reading the identity of the source'
    const { systemIdentifier, nextXid, timeline, clockMs } = await this.#inTransaction(doing, (_, begun) => begun)
    return { systemIdentifier, nextXid, timeline, now: new Date(clockMs) }
  }

  check(entity: Entity, options: { readonly countRows: boolean }): Promise<SourceFinding[]> {
    return this.#inTransaction(`Checking the table of ${entity.name}`, (client) => checkEntity(client, entity, options))
  }

  checkDatabase(): Promise<SourceFinding[]> {
    // Each read adds one listener, and the watch over reads adds one more.
    return this.#inTransaction('Checking the source', (client) =>
      databaseFindings(client, this.options.poolSize + 1, this.#capabilities),
    )
  }

  async read<T>(extraction: Extraction, caller: AbortSignal, use: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    let used: { readonly result: T } | undefined
    await this.readTogether([extraction], caller, {
      use: async (_, snapshot) => void (used = { result: await use(snapshot) }),
      refused: (_, refusal) => {
        throw refusal
      },
    })
    if (!used) throw new Error('a read has used nothing')
    return used.result
  }

  async readTogether(extractions: readonly Extraction[], caller: AbortSignal, reader: Reader): Promise<void> {
    const doing = doingAll(extractions)
    const watch = watchRead(heldBy(extractions), this.options)
    const signal = AbortSignal.any([caller, this.#closing.signal, watch.signal])
    let begun: Begun | undefined
    const lease = await this.#lend(doing, signal, () => begun && this.#endBackend(begun))
    /** Between two queries. */
    let isAtRest = false
    try {
      watch.begin()
      const opened = await openReads(lease, extractions, {
        doing,
        limitMs: this.options.readLimitMs,
        onBegun: (now) => this.#line(lease.client, (begun = now)),
        onFound: this.options.onFound,
      })
      isAtRest = true
      // The count has set it for all, unless they differ.
      const isMixed = new Set(opened.reads.map(({ showAllRows }) => showAllRows)).size > 1
      for (const [index, extraction] of extractions.entries()) {
        const read = opened.reads[index]
        if (!read) continue
        if (read.refusal) {
          reader.refused(index, read.refusal)
          continue
        }
        isAtRest = false
        if (isMixed) await lease.ask(doing, (client) => client.query(read.showAllRows))
        const onEnd = (): void => void (isAtRest = true)
        await reader.use(index, this.#snapshot(lease, extraction, { ...opened, ...read, signal, onEnd }))
        // The connection still sends rows that are not taken, or the transaction has failed.
        if (!isAtRest) return
      }
    } finally {
      watch.end()
      // A read-only transaction has no changes to lose. If its end fails, the connection is closed.
      if (isAtRest)
        await lease
          .ask(doing, (client) => client.query('COMMIT'))
          .then(
            () => lease.giveBack(),
            () => {},
          )
      else lease.giveUp()
    }
  }

  #snapshot(lease: Lease, extraction: Extraction, { begun, line, types, signal, onEnd }: OneRead): Snapshot {
    const doing = doingOne(extraction)
    let sentRows: number | undefined
    const query = extractionQuery(extraction, types)
    const end = (sent: number): void => {
      sentRows = sent
      onEnd()
    }
    const blocks = readBlocks(lease.client, query, line, { signal, pacer: this.#pacer, onEnd: end })
    const checked = onlyOwn(blocks, tenantCheck(extraction.tenantId))
    return {
      ...begun,
      types: typesOf(extraction.entity, types),
      blocks: typed(doing, checked),
      sourceRows: () => known(sentRows),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#pool.end()
    await Promise.all(this.#endings)
  }

  async #inTransaction<T>(
    doing: string,
    question: (client: pg.PoolClient, begun: Begun) => T | Promise<T>,
  ): Promise<T> {
    const lease = await this.#lend(doing, this.#closing.signal)
    const answer = await lease.ask(doing, async (client) => {
      const answered = await question(client, await begin(client))
      await client.query('COMMIT')
      return answered
    })
    lease.giveBack()
    return answer
  }

  async #prepare(client: pg.ClientBase, done: (error?: Error) => void): Promise<void> {
    try {
      this.#capabilities = await readCapabilities(client)
    } catch (error) {
      return done(error as Error)
    }
    if (client instanceof BoundedClient) client.capabilities = this.#capabilities
    return done()
  }

  async #lend(doing: string, signal: AbortSignal, onGivenUp?: () => void): Promise<Lease> {
    const connecting = this.#pool.connect()
    try {
      return new Lease(await untilCancelled(connecting, signal), signal, onGivenUp)
    } catch (error) {
      // A connection that opens after the caller has stopped waiting is kept for the next caller.
      connecting.then(
        (client) => client.release(),
        () => {},
      )
      throw sourceError(doing, error)
    }
  }

  #line(client: pg.PoolClient, begun: Begun): Line {
    return {
      silenceMs: this.#silenceMs,
      bytesRead: () => (client.connection.stream as Socket).bytesRead,
      isAtWork: () => isAtWork(this.#config, this.#silenceMs, begun).catch(isFull),
    }
  }

  /**
   * Cancels the query. Closing the connection does not stop a query that has not sent anything yet, or that waits on a dead
   * connection.
   */
  #endBackend(begun: Begun): void {
    const ending = endProcess(this.#config, endMs, begun)
      .catch(() => {})
      .finally(() => this.#endings.delete(ending))
    this.#endings.add(ending)
  }
}

const endMs = 10_000

/** One read of an open transaction. */
interface OneRead extends Pick<OpenRead, 'types'> {
  readonly begun: Begun
  readonly line: Line
  readonly signal: AbortSignal
  readonly onEnd: () => void
}

function doingOne({ entity, tenantId }: Extraction): string {
  return `Reading ${entity.name} of ${tenantId} from ${entity.table.schema}.${entity.table.name}`
}

function doingAll(extractions: readonly Extraction[]): string {
  const [first] = extractions
  if (first && extractions.length === 1) return doingOne(first)
  return `Reading ${extractions.length} entities of ${first?.tenantId}`
}

function heldBy([first, ...others]: readonly Extraction[]): { tenantId: string; entity: string } {
  const more = others.length > 0 ? ` and ${others.length} more` : ''
  return { tenantId: first?.tenantId ?? '', entity: `${first?.entity.name}${more}` }
}

function known(sentRows: number | undefined): number {
  if (sentRows === undefined) throw new Error('How many rows there are is not known before all of them have been read.')
  return sentRows
}

/** Of the columns of the file. */
function typesOf({ columns }: Entity, types: SourceTypes): SourceTypes {
  return Object.fromEntries(columns.flatMap(({ name }) => (types[name] === undefined ? [] : [[name, types[name]]])))
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
