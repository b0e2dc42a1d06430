import { Socket, type SocketConstructorOpts } from 'node:net'

/** The most bytes of one read. Postgres sends 8 KB at a time, and several of them wait in the kernel. */
const readBytes = 128 * 1024

/** A socket that reads into the same memory each time. Otherwise each read allocates a buffer, which costs garbage collections. */
export class ReadingSocket extends Socket {
  /** Whether the bytes of `data` are good only until the next ones. Otherwise listeners get a copy that they may keep. */
  lends = false

  static create(): ReadingSocket {
    const callback = (size: number, memory: Uint8Array): boolean => {
      const bytes = (memory as Buffer).subarray(0, size)
      socket.emit('data', socket.lends ? bytes : Buffer.from(bytes))
      return true
    }
    const onread = { buffer: Buffer.allocUnsafeSlow(readBytes), callback }
    // The types allow it for connect() only; the constructor takes it as well (docs/reference/internals.md).
    const socket: ReadingSocket = new ReadingSocket({ onread } as SocketConstructorOpts)
    return socket
  }
}
