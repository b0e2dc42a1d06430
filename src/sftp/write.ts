import { setMaxListeners } from 'node:events'
import type { Connection } from './connection.js'
import { requestBytes, windowBytes } from './packets.js'
import { untilAborted } from './until-aborted.js'

/**
 * Writes the chunks one after the other from the start of an open file, without waiting for each answer. Gives the
 * number of bytes once all are acknowledged; throws what the server or the chunks threw, or the reason of `signal`.
 */
export async function writeChunks(
  connection: Connection,
  handle: Buffer,
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<number> {
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal, connection.down])
  // One listener for each write under way.
  setMaxListeners(0, stop)
  const pieceBytes = requestBytes(connection.sftp, 'write')
  let sent = 0
  let acknowledged = 0
  let wake = () => {}

  const send = (piece: Buffer) => {
    const position = sent
    sent += piece.length
    connection
      .ask<number>(stop, (sftp, answer) => sftp.write(handle, piece, 0, piece.length, position, answer))
      .then(() => {
        acknowledged += piece.length
        onProgress(acknowledged)
        wake()
      })
      .catch((error: unknown) => failed.abort(error))
  }
  const untilUnderWay = async (atMost: number) => {
    while (sent - acknowledged > atMost) await untilAborted(new Promise<void>((resolve) => (wake = resolve)), stop)
  }

  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (let next = await untilAborted(iterator.next(), stop); !next.done;) {
      for (let start = 0; start < next.value.length; start += pieceBytes) {
        const piece = next.value.subarray(start, start + pieceBytes)
        await untilUnderWay(windowBytes - piece.length)
        send(piece)
      }
      next = await untilAborted(iterator.next(), stop)
    }
    await untilUnderWay(0)
    return sent
  } catch (error) {
    failed.abort(error)
    // Not awaited: where the chunks are stuck in a read, this comes through only when that ends.
    Promise.resolve(iterator.return?.()).catch(() => {})
    throw error
  }
}
