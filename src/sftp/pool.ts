import type { Connection } from './connection.js'
import { unavailable } from './errors.js'
import { untilAborted } from './until-aborted.js'

interface PoolOptions {
  readonly open: (signal: AbortSignal) => Promise<Connection>
  readonly max: number
  readonly idleMs: number
}

/** Keeps connections for the next session, for a while, and no more of them than allowed. */
export class ConnectionPool {
  readonly #idle = new Map<Connection, NodeJS.Timeout>()
  readonly #open = new Set<Connection>()
  readonly #farewells = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  #connecting = 0
  #wakeAll: (() => void)[] = []

  constructor(private readonly options: PoolOptions) {}

  /** A connection for the caller alone; waits where all are taken. Fails with the reason of `signal` when it aborts. */
  async take(signal: AbortSignal): Promise<Connection> {
    while (true) {
      signal.throwIfAborted()
      this.#closing.signal.throwIfAborted()
      const kept = this.#takeIdle()
      if (kept) return kept
      if (this.#open.size + this.#connecting < this.options.max) return this.#connect(signal)
      await untilAborted(new Promise<void>((resolve) => this.#wakeAll.push(resolve)), signal)
    }
  }

  /** Takes a connection back: to keep it, where it is fit for another session. */
  give(connection: Connection, fit: boolean): void {
    if (!fit || this.#closing.signal.aborted || connection.busy || connection.down.aborted)
      return this.#close(connection)
    const timer = setTimeout(() => this.#close(connection), this.options.idleMs)
    this.#idle.set(connection, timer.unref())
    this.#wake()
  }

  /** Closes all connections, those in use too. */
  async close(): Promise<void> {
    this.#closing.abort(unavailable('SFTP', 'the connections have been closed'))
    for (const connection of this.#open) this.#close(connection)
    this.#wake()
    await Promise.all(this.#farewells)
  }

  #takeIdle(): Connection | undefined {
    // The one used last is the least likely to have died.
    const connection = [...this.#idle.keys()].at(-1)
    if (connection) this.#forgetIdle(connection)
    return connection
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    this.#connecting += 1
    try {
      const connection = await this.options.open(AbortSignal.any([signal, this.#closing.signal]))
      this.#open.add(connection)
      connection.down.addEventListener('abort', () => this.#forget(connection), { once: true })
      if (connection.down.aborted) this.#forget(connection)
      return connection
    } finally {
      this.#connecting -= 1
      this.#wake()
    }
  }

  #close(connection: Connection): void {
    const farewell = connection.close().finally(() => this.#farewells.delete(farewell))
    this.#farewells.add(farewell)
  }

  #forget(connection: Connection): void {
    this.#forgetIdle(connection)
    this.#open.delete(connection)
    this.#wake()
  }

  #forgetIdle(connection: Connection): void {
    clearTimeout(this.#idle.get(connection))
    this.#idle.delete(connection)
  }

  /** Whoever waits looks again; there are few of them. */
  #wake(): void {
    for (const wake of this.#wakeAll.splice(0)) wake()
  }
}
