import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { closeOf } from '../../support/close-of.js'

/**
 * Sends bytes as they are, then one more byte again and again, as a client that never comes to an end.
 * @returns what the server had said when it closed the connection
 */
export async function sendForEver(port: number, start: string, oneMore: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // Bytes that come after the server has closed are answered with a reset.
  socket.on('error', () => undefined)
  const closed = closeOf(socket)
  socket.write(start)
  while (!socket.destroyed && !socket.readableEnded) {
    await Promise.race([closed, delay(100)])
    if (socket.writable) socket.write(oneMore)
  }
  socket.destroy()
  return Buffer.concat(chunks).toString()
}
