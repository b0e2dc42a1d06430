import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A line to a server that can be made to fail in the ways that lines do. */
export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** Connections made so far. */
  readonly connections: number
  /** From now on bytes are taken and never passed on, as behind a firewall that drops them, until the line is mended. */
  blackHole(): void
  /** From now on the line takes no more than so many bytes in a second, each way. */
  throttle(bytesPerSecond: number): void
  /** From now on everything needs so many milliseconds to get to the other side, each way; its order is kept. */
  latency(ms: number): void
  /** Cuts all connections; new ones work. */
  cut(): void
  /** Cuts all connections by a reset (RST), as a server does that has lost its memory; new ones work. */
  reset(): void
  /** Tells one side of all connections that the other has said its last word (FIN), while it may go on itself. */
  halfClose(told: 'client' | 'server'): void
  /** Cuts all connections, and every new one at once, until the line is mended. */
  sever(): void
  /** New connections work again. Those that were in the black hole stay there: their bytes are lost. */
  mend(): void
  /** Calls back once so many bytes have gone to the server, counted from now. */
  afterBytes(count: number, act: () => void): void
  stop(): Promise<void>
}

/** How often a slow line passes something on, in milliseconds. */
const tickMs = 50

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Map<Socket, 'client' | 'server'>()
  const swallowed = new WeakSet<Socket>()
  let connections = 0
  let swallow = false
  let severed = false
  let bytesPerSecond = Infinity
  let latencyMs = 0
  let passed = 0
  let awaited = { count: Infinity, act: () => {} }

  // Either side may end its half on its own.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (severed) return void near.destroy()
    connections += 1
    const far = connect({ ...target, noDelay: true, allowHalfOpen: true })
    near.setNoDelay(true)
    if (swallow) swallowed.add(near).add(far)
    sockets.set(near, 'client').set(far, 'server')
    link(near, far, count)
    link(far, near, () => {})
  })

  function count(bytes: number): void {
    passed += bytes
    if (passed < awaited.count) return
    const { act } = awaited
    awaited = { count: Infinity, act: () => {} }
    act()
  }

  function link(from: Socket, to: Socket, onBytes: (count: number) => void): void {
    /** Everything that was read so far has been passed on. */
    let passedOn: Promise<unknown> = Promise.resolve()
    from.on('error', () => {})
    from.on('data', (bytes) => {
      onBytes(bytes.length)
      if (swallowed.has(from)) return
      if (bytesPerSecond < Infinity) from.pause()
      const arrival = latencyMs > 0 ? delay(latencyMs) : undefined
      passedOn = Promise.all([passedOn, arrival])
        .then(() => pass(bytes, to))
        .then(() => from.resume())
    })
    from.on('end', () => void passedOn.then(() => swallowed.has(from) || to.end()))
    from.on('close', () => {
      sockets.delete(from)
      if (!swallowed.has(from)) void passedOn.then(() => to.destroy())
    })
  }

  /** In pieces, where the line is slow. */
  async function pass(bytes: Buffer, to: Socket): Promise<void> {
    for (let start = 0; start < bytes.length && to.writable;) {
      const piece = bytes.subarray(start, start + Math.max(1, (bytesPerSecond * tickMs) / 1000))
      to.write(piece)
      start += piece.length
      if (bytesPerSecond < Infinity) await delay((1000 * piece.length) / bytesPerSecond)
    }
  }

  function cut(): void {
    for (const socket of sockets.keys()) socket.destroy()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    blackHole() {
      swallow = true
      for (const socket of sockets.keys()) swallowed.add(socket)
    },
    throttle: (limit) => void (bytesPerSecond = limit),
    latency: (ms) => void (latencyMs = ms),
    cut,
    reset() {
      for (const socket of sockets.keys()) socket.resetAndDestroy()
    },
    halfClose(told) {
      for (const [socket, side] of sockets) if (side === told) socket.end()
    },
    sever() {
      severed = true
      cut()
    },
    mend() {
      severed = false
      swallow = false
    },
    afterBytes(bytes, act) {
      passed = 0
      awaited = { count: bytes, act }
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}
