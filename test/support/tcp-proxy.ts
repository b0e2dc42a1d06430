import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A line to a server that can be made to fail in the ways that lines do. */
export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** Connections made so far. */
  readonly connections: number
  /** Connections that the client has not closed. */
  readonly open: number
  /** From now on bytes are taken and never passed on, as behind a firewall that drops them, until the line is mended. */
  blackHole(): void
  /** From now on each direction of each connection takes no more than so many bytes in a second. */
  throttle(bytesPerSecond: number): void
  /** From now on everything comes so much later, in order, in each direction. To be set while the line is at rest. */
  delay(ms: number): void
  /** Cuts all connections; new ones work. */
  cut(): void
  /** Cuts all connections by RST to both sides; new ones work. */
  reset(): void
  /** Ends one direction of all connections, as a server that has shut down its sending side does: FIN to one side. */
  halfClose(towards: 'client' | 'server'): void
  /** Cuts all connections, and every new one at once, until the line is mended. */
  sever(): void
  /** New connections work again. Those that were in the black hole stay there: their bytes are lost. */
  mend(): void
  /** Calls back once so many bytes have gone to the server, counted from now. */
  afterBytes(count: number, act: () => void): void
  stop(): Promise<void>
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = { client: new Set<Socket>(), server: new Set<Socket>() }
  const swallowed = new WeakSet<Socket>()
  let connections = 0
  let swallow = false
  let severed = false
  let bytesPerSecond = Infinity
  let latencyMs = 0
  let passed = 0
  let awaited = { count: Infinity, act: () => {} }

  const server = createServer((near) => {
    if (severed) return void near.destroy()
    connections += 1
    const far = connect({ ...target, noDelay: true })
    near.setNoDelay(true)
    if (swallow) swallowed.add(near).add(far)
    sockets.client.add(near)
    sockets.server.add(far)
    link(near, far, countTowardsServer)
    link(far, near, () => {})
  })

  function countTowardsServer(bytes: number): void {
    passed += bytes
    if (passed < awaited.count) return
    const { act } = awaited
    awaited = { count: Infinity, act: () => {} }
    act()
  }

  function link(from: Socket, to: Socket, onBytes: (count: number) => void): void {
    from.on('error', () => {})
    from.on('data', (bytes) => {
      from.pause()
      void carry(from, to, bytes, onBytes).then(() => from.resume())
    })
    from.on('close', () => {
      for (const side of [sockets.client, sockets.server]) side.delete(from)
      if (!swallowed.has(from)) later(() => to.destroy())
    })
  }

  async function carry(from: Socket, to: Socket, bytes: Buffer, onBytes: (count: number) => void): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const limit = bytesPerSecond
      const piece = bytes.subarray(at, limit === Infinity ? undefined : at + Math.ceil(limit / 20))
      at += piece.length
      onBytes(piece.length)
      if (!swallowed.has(from)) later(() => to.writable && to.write(piece))
      if (limit < Infinity) await delay((1_000 * piece.length) / limit)
    }
  }

  function later(act: () => void): void {
    if (latencyMs > 0) setTimeout(act, latencyMs)
    else act()
  }

  function cut(): void {
    for (const socket of [...sockets.client, ...sockets.server]) socket.destroy()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    get open() {
      return sockets.client.size
    },
    blackHole() {
      swallow = true
      for (const socket of [...sockets.client, ...sockets.server]) swallowed.add(socket)
    },
    throttle: (limit) => void (bytesPerSecond = limit),
    delay: (ms) => void (latencyMs = ms),
    cut,
    reset() {
      for (const socket of [...sockets.client, ...sockets.server]) socket.resetAndDestroy()
    },
    halfClose(towards) {
      for (const socket of sockets[towards]) socket.end()
    },
    sever() {
      severed = true
      cut()
    },
    mend() {
      severed = false
      swallow = false
    },
    afterBytes(count, act) {
      passed = 0
      awaited = { count, act }
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}
