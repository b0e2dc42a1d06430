import type { Socket } from 'node:net'

/** How long a client may take to log in, in milliseconds. */
const loginTime = 30_000
/** Connections that have not logged in yet. */
const most = 100

/**
 * The connections that have not logged in yet. There are only so many: the next one takes the place of the oldest, so
 * that whoever opens a thousand and says nothing keeps nobody out, for a client that means it is in within a second.
 */
export class Newcomers {
  readonly #deadlines = new Map<Socket, NodeJS.Timeout>()

  add(socket: Socket): void {
    const [oldest] = this.#deadlines.keys()
    if (oldest && this.#deadlines.size >= most) this.#turnAway(oldest)
    const deadline = setTimeout(() => this.#turnAway(socket), loginTime)
    this.#deadlines.set(socket, deadline)
    socket.once('close', () => this.loggedIn(socket))
  }

  /** From here on the connection may stay. */
  loggedIn(socket: Socket): void {
    clearTimeout(this.#deadlines.get(socket))
    this.#deadlines.delete(socket)
  }

  #turnAway(socket: Socket): void {
    this.loggedIn(socket)
    socket.destroy()
  }
}
