import { setMaxListeners } from 'node:events'
import type { Connection } from './connection.js'
import type { FileChannel, FileChannels } from './file-channels.js'
import { requestBytes, windowBytes } from './packets.js'
import { untilAborted } from '../domain/until-aborted.js'

/** A larger file is written on several channels. Opening them takes round trips, which small files avoid. */
const fewBytes = windowBytes

/**
 * Writes the chunks one after the other from the start of an open file, without waiting for each answer. A chunk is sent
 * before the next one is requested. Returns the number of bytes once all are acknowledged. Throws the error of the server or
 * of the chunks, or the reason of `signal`.
 */
export async function writeChunks(
  connection: Connection,
  fileChannels: FileChannels,
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

  const send = (piece: Buffer, fileChannel: FileChannel) => {
    const { channel, handle } = fileChannel
    const position = sent
    sent += piece.length
    fileChannel.underWay += piece.length
    connection
      .ask<number>(stop, (sftp, answer) => sftp.write(handle, piece, 0, piece.length, position, answer), { channel })
      .then(() => {
        fileChannel.underWay -= piece.length
        acknowledged += piece.length
        onProgress(acknowledged)
        wake()
      })
      .catch((error: unknown) => failed.abort(error))
  }
  const until = async <T>(isSo: () => T | undefined | false): Promise<T> => {
    for (;;) {
      const found = isSo()
      if (found) return found
      await untilAborted(new Promise<void>((resolve) => (wake = resolve)), stop)
    }
  }

  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (let next = await untilAborted(iterator.next(), stop); !next.done;) {
      for (let start = 0; start < next.value.length; start += pieceBytes) {
        const piece = next.value.subarray(start, start + pieceBytes)
        send(piece, await until(() => fileChannels.withRoomFor(piece.length)))
      }
      if (sent > fewBytes) fileChannels.widen(() => wake())
      fileChannels.syncBehind(sent).then(
        () => wake(),
        (error: unknown) => failed.abort(error),
      )
      next = await untilAborted(iterator.next(), stop)
    }
    await until(() => acknowledged === sent && !fileChannels.syncing)
    return sent
  } catch (error) {
    failed.abort(error)
    // Not awaited: chunks that are blocked in a read return only when the read ends.
    Promise.resolve(iterator.return?.()).catch(() => {})
    throw error
  }
}
