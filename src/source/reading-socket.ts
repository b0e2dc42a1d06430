import { Socket, type SocketConstructorOpts } from 'node:net'

/** What is read at once at most, in bytes: Postgres sends 8 KB at a time, and more of them wait while we are at work. */
const readBytes = 128 * 1024

/** A socket that reads into the same memory again and again: else each read makes a buffer, and work for the collector. */
export class ReadingSocket extends Socket {
  /** Whether what `data` brings is good only until the next comes. Else it is a copy, for listeners that keep it. */
  lends = false

  static create(): ReadingSocket {
    const callback = (size: number, memory: Uint8Array): boolean => {
      const bytes = (memory as Buffer).subarray(0, size)
      socket.emit('data', socket.lends ? bytes : Buffer.from(bytes))
      return true
    }
    const onread = { buffer: Buffer.allocUnsafeSlow(readBytes), callback }
    // The types have it for connect() alone; the constructor takes it as well.
    const socket: ReadingSocket = new ReadingSocket({ onread } as SocketConstructorOpts)
    return socket
  }
}
