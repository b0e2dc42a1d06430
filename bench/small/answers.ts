import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Counts, in what a Postgres server sends on one connection, the messages that end the answer to something (ReadyForQuery). */
export function answerCounter(found: () => void): (bytes: Buffer) => void {
  const ready = 'Z'.charCodeAt(0)
  let rest = Buffer.alloc(0)
  /** Bytes of the current message that are still to come, and are not looked at. */
  let skip = 0
  return (bytes) => {
    let at = Math.min(skip, bytes.length)
    skip -= at
    let data = at === 0 && rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes.subarray(at)
    rest = Buffer.alloc(0)
    at = 0
    // A type and a length, which counts itself.
    while (data.length - at >= 5) {
      if (data[at] === ready) found()
      const end = at + 1 + data.readUInt32BE(at + 1)
      if (end > data.length) {
        skip = end - data.length
        return
      }
      at = end
    }
    rest = Buffer.from(data.subarray(at))
  }
}

export interface CountingProxy extends AsyncDisposable {
  readonly port: number
  /** Answers of the server so far, on all connections. */
  answers(): number
}

/** A way to a Postgres server, without TLS, that counts its answers. */
export async function startCountingProxy(port: number): Promise<CountingProxy> {
  let answers = 0
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port, noDelay: true })
    near.setNoDelay(true)
    const count = answerCounter(() => (answers += 1))
    far.on('data', count)
    near.pipe(far)
    far.pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    answers: () => answers,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
