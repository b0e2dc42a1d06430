import type { Socket } from 'node:net'
import type { Directory, LoggedIn } from './accounts.js'

/** How often open connections are compared with the tenants' current keys. */
const checkEveryMs = 2_000

/**
 * Ends the connections whose key its tenant has removed. While the keys can't be read, connections stay open and new
 * logins with a key fail.
 */
export class RemovedKeys {
  readonly #connections = new Map<Socket, NonNullable<LoggedIn['tenantKey']>>()
  readonly #timer: NodeJS.Timeout
  #checking = false

  constructor(private readonly tenantKeys: Directory['tenantKeys']) {
    this.#timer = setInterval(() => void this.#check(), checkEveryMs).unref()
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

  async #check(): Promise<void> {
    if (this.#checking) return
    this.#checking = true
    const tenants = new Set([...this.#connections.values()].map(({ tenantId }) => tenantId))
    await Promise.allSettled([...tenants].map((tenantId) => this.#checkTenant(tenantId)))
    this.#checking = false
  }

  async #checkTenant(tenantId: string): Promise<void> {
    const keys = await this.tenantKeys(tenantId)
    for (const [socket, used] of this.#connections) {
      if (used.tenantId === tenantId && !keys.includes(used.line)) socket.destroy()
    }
  }
}
