import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A line to a server that can be made to fail in the ways that lines do. */
export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** Connections made so far. */
  readonly connections: number
  /** From now on bytes are taken and never passed on, as behind a firewall that drops them, until the line is mended. */
  blackHole(): void
  /** From now on the line to the server takes no more than so many bytes in a second. */
  throttle(bytesPerSecond: number): void
  /** Cuts all connections; new ones work. */
  cut(): void
  /** Cuts all connections, and every new one at once, until the line is mended. */
  sever(): void
  /** New connections work again. Those that were in the black hole stay there: their bytes are lost. */
  mend(): void
  /** Calls back once so many bytes have gone to the server, counted from now. */
  afterBytes(count: number, act: () => void): void
  stop(): Promise<void>
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const swallowed = new WeakSet<Socket>()
  let connections = 0
  let swallow = false
  let severed = false
  let bytesPerSecond = Infinity
  let passed = 0
  let awaited = { count: Infinity, act: () => {} }

  const server = createServer((near) => {
    if (severed) return void near.destroy()
    connections += 1
    const far = connect({ ...target, noDelay: true })
    near.setNoDelay(true)
    if (swallow) swallowed.add(near).add(far)
    link(near, far, (bytes) => {
      passed += bytes
      if (bytesPerSecond < Infinity) {
        near.pause()
        setTimeout(() => near.resume(), (1_000 * bytes) / bytesPerSecond)
      }
      if (passed < awaited.count) return
      const { act } = awaited
      awaited = { count: Infinity, act: () => {} }
      act()
    })
    link(far, near, () => {})
  })

  function link(from: Socket, to: Socket, onBytes: (count: number) => void): void {
    sockets.add(from)
    from.on('error', () => {})
    from.on('data', (bytes) => {
      onBytes(bytes.length)
      if (!swallowed.has(from)) to.write(bytes)
    })
    from.on('close', () => {
      sockets.delete(from)
      if (!swallowed.has(from)) to.destroy()
    })
  }

  function cut(): void {
    for (const socket of sockets) socket.destroy()
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
      for (const socket of sockets) swallowed.add(socket)
    },
    throttle: (limit) => void (bytesPerSecond = limit),
    cut,
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
