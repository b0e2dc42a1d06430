import { Socket } from 'node:net'

/** Connections that this process has made to one port. */
export interface Connections {
  /** All that were ever opened. */
  readonly opened: number
  /** The most at the same time. */
  readonly most: number
}

type Connect = (this: Socket, ...args: unknown[]) => Socket

/**
 * Counts, from now on and by port, the connections that this process makes: those of Node's own sockets, not Temporal's
 * native ones.
 */
export function countConnections(): (port: number) => Connections {
  const found = new Map<number, { opened: number; most: number; now: number }>()
  const note = (socket: Socket): void => {
    const port = socket.remotePort ?? 0
    const count = found.get(port) ?? { opened: 0, most: 0, now: 0 }
    found.set(port, count)
    count.opened += 1
    count.now += 1
    count.most = Math.max(count.most, count.now)
    socket.once('close', () => (count.now -= 1))
  }
  const prototype = Socket.prototype as { connect: Connect }
  const { connect } = prototype
  prototype.connect = function counted(...args) {
    return connect.apply(
      this.once('connect', () => note(this)),
      args,
    )
  }
  return (port) => {
    const { opened, most } = found.get(port) ?? { opened: 0, most: 0 }
    return { opened, most }
  }
}
