import type { Socket } from 'node:net'

/** How long a client may take to log in. */
const loginMs = 30_000
const maxPending = 100

/**
 * The connections that have not logged in yet. When the limit is reached, a new connection replaces the oldest one. So
 * idle connections can't keep out a real client, which logs in within a second.
 */
export class PendingLogins {
  readonly #deadlines = new Map<Socket, NodeJS.Timeout>()

  add(socket: Socket): void {
    const [oldest] = this.#deadlines.keys()
    if (oldest && this.#deadlines.size >= maxPending) this.#close(oldest)
    const deadline = setTimeout(() => this.#close(socket), loginMs)
    this.#deadlines.set(socket, deadline)
    socket.once('close', () => this.loggedIn(socket))
  }

  /** Lets the connection stay open. */
  loggedIn(socket: Socket): void {
    clearTimeout(this.#deadlines.get(socket))
    this.#deadlines.delete(socket)
  }

  #close(socket: Socket): void {
    this.loggedIn(socket)
    socket.destroy()
  }
}
