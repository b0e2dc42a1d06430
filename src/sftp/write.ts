import { setMaxListeners } from 'node:events'
import type { Connection } from './connection.js'
import type { FileChannels } from './file-channels.js'
import { requestBytes } from './packets.js'
import { untilAborted } from '../domain/until-aborted.js'

interface Writing {
  readonly chunks: AsyncIterable<Buffer>
  readonly signal: AbortSignal
  readonly onProgress: (bytes: number) => void
  /** Syncs, closes and checks the file once all is sent, or acknowledged if the server does not answer in order. */
  readonly finish: (bytes: number) => Promise<void>
}

/**
 * Writes the chunks one after the other from the start of an open file, without waiting for each answer. A chunk is sent
 * before the next one is requested. Returns the number of bytes once all are acknowledged and the file is finished. Throws the
 * error of the server or of the chunks, or the reason of `signal`.
 */
export async function writeChunks(
  connection: Connection,
  fileChannels: FileChannels,
  { chunks, signal, onProgress, finish }: Writing,
): Promise<number> {
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal, connection.down])
  // One listener for each write under way.
  setMaxListeners(0, stop)
  const pieceBytes = requestBytes(connection.sftp, 'write')
  let sent = 0
  let acknowledged = 0
  let wake = () => {}
  const fail = (error: unknown) => failed.abort(error)

  const send = async (piece: Buffer): Promise<void> => {
    fileChannels.widen(sent + piece.length, () => wake())
    const fileChannel = await until(() => fileChannels.withRoomFor(piece.length))
    const written = fileChannels.write(fileChannel, piece, sent, stop)
    sent += piece.length
    written
      .then(() => {
        acknowledged += piece.length
        fileChannels.limits.measure(acknowledged, performance.now())
        onProgress(acknowledged)
        wake()
      })
      .catch(fail)
  }
  const until = async <T>(isSo: () => T | undefined | false): Promise<T> => {
    for (;;) {
      const found = isSo()
      if (found) return found
      await untilAborted(new Promise<void>((resolve) => (wake = resolve)), stop)
    }
  }
  const untilAcknowledged = () => until(() => acknowledged === sent && !fileChannels.syncing)

  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (let next = await untilAborted(iterator.next(), stop); !next.done;) {
      for (let start = 0; start < next.value.length; start += pieceBytes) {
        await send(next.value.subarray(start, start + pieceBytes))
      }
      fileChannels.syncBehind(sent).then(() => wake(), fail)
      next = await untilAborted(iterator.next(), stop)
    }
    if (!fileChannels.answersInOrder) await untilAcknowledged()
    await Promise.all([finish(sent), untilAcknowledged()])
    return sent
  } catch (error) {
    failed.abort(error)
    // Not awaited: chunks that are blocked in a read return only when the read ends.
    Promise.resolve(iterator.return?.()).catch(() => {})
    throw error
  }
}
