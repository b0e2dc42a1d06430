import { Socket } from 'node:net'

/** What is read at once at most, in bytes: Postgres sends 8 KB at a time, and more of them wait while we are at work. */
const readBytes = 128 * 1024

/**
 * A socket that reads into the same memory again and again: else each read makes a buffer, and those of a large file make
 * the collector of garbage work for half a second.
 */
export class ReadingSocket extends Socket {
  /** Whether what its `data` brings is good only until the next comes, which spares a copy. */
  lends = false

  static create(): ReadingSocket {
    const onData = (size: number, memory: Uint8Array): boolean => {
      const bytes = (memory as Buffer).subarray(0, size)
      socket.emit('data', socket.lends ? bytes : Buffer.from(bytes))
      return true
    }
    const onread = { buffer: Buffer.allocUnsafeSlow(readBytes), callback: onData }
    const socket: ReadingSocket = new ReadingSocket({ onread } as object)
    return socket
  }
}
