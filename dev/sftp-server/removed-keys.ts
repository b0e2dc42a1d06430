import type { Socket } from 'node:net'
import type { Directory, LoggedIn } from './accounts.js'

/** How often open connections are held to the keys that there still are, in milliseconds. */
const everyMs = 2_000

/**
 * Ends the connections of tenants' keys that have been removed meanwhile. Where the keys can't be asked for, connections
 * stay and are looked at again: nobody can have removed a key then, either. New logins fail until they can.
 */
export class RemovedKeys {
  readonly #connections = new Map<Socket, NonNullable<LoggedIn['tenantKey']>>()
  readonly #timer: NodeJS.Timeout
  #looking = false

  constructor(private readonly tenantKeys: Directory['tenantKeys']) {
    this.#timer = setInterval(() => void this.#look(), everyMs).unref()
  }

  /** Watches a connection until it ends. */
  watch(socket: Socket, { tenantKey }: LoggedIn): void {
    if (!tenantKey || socket.destroyed) return
    this.#connections.set(socket, tenantKey)
    socket.once('close', () => this.#connections.delete(socket))
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const tenants = new Set([...this.#connections.values()].map(({ tenantId }) => tenantId))
    await Promise.allSettled([...tenants].map((tenantId) => this.#lookAt(tenantId)))
    this.#looking = false
  }

  async #lookAt(tenantId: string): Promise<void> {
    const keys = await this.tenantKeys(tenantId)
    for (const [socket, used] of this.#connections) {
      if (used.tenantId === tenantId && !keys.includes(used.line)) socket.destroy()
    }
  }
}
