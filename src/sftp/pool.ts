import type { Connection } from './connection.js'
import { unavailable } from './errors.js'
import { untilAborted } from '../domain/until-aborted.js'

interface PoolOptions {
  readonly open: (signal: AbortSignal) => Promise<Connection>
  readonly max: number
  readonly idleMs: number
  /** Called when a connection has opened. */
  readonly onOpened?: (() => void) | undefined
}

/** Keeps idle connections for a while, and opens at most `max` connections. */
export class ConnectionPool {
  readonly #idle = new Map<Connection, NodeJS.Timeout>()
  readonly #open = new Set<Connection>()
  readonly #ending = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  #connecting = 0
  #wakeAll: (() => void)[] = []

  constructor(private readonly options: PoolOptions) {}

  /** The number of open connections. */
  get openCount(): number {
    return this.#open.size
  }

  /** A connection for one caller. Waits if all are in use. Fails with the reason of `signal` when it aborts. */
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

  /** Returns a connection to the pool, which keeps it if it is fit for another session. */
  give(connection: Connection, fit: boolean): void {
    if (!fit || this.#closing.signal.aborted || connection.busy || connection.down.aborted)
      return this.#close(connection)
    const timer = setTimeout(() => this.#close(connection), this.options.idleMs)
    this.#idle.set(connection, timer.unref())
    this.#wake()
  }

  /** Closes all connections, also those in use. */
  async close(): Promise<void> {
    this.#closing.abort(unavailable('SFTP', 'the connections have been closed'))
    for (const connection of this.#open) this.#close(connection)
    this.#wake()
    await Promise.all(this.#ending)
  }

  #takeIdle(): Connection | undefined {
    // The connection that was used last is the least likely to be dead.
    const connection = [...this.#idle.keys()].at(-1)
    if (connection) this.#forgetIdle(connection)
    return connection
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    this.#connecting += 1
    try {
      const connection = await this.options.open(AbortSignal.any([signal, this.#closing.signal]))
      this.#open.add(connection)
      this.options.onOpened?.()
      connection.down.addEventListener('abort', () => this.#forget(connection), { once: true })
      if (connection.down.aborted) this.#forget(connection)
      return connection
    } finally {
      this.#connecting -= 1
      this.#wake()
    }
  }

  #close(connection: Connection): void {
    const ending = connection.close().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
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

  /** All waiting callers look again; there are few of them. */
  #wake(): void {
    for (const wake of this.#wakeAll.splice(0)) wake()
  }
}
