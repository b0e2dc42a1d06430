import { posix } from 'node:path'
import { ExportError } from '../domain/errors.js'
import { isMissing, status, statusOf } from './errors.js'
import { kindOf } from './kind.js'
import { makeFolder, prepareFolder } from './folders.js'
import { FileChannels, openAhead } from './file-channels.js'
import type { Operations } from './operations.js'
import { readAhead } from './read-ahead.js'
import { openNew, requireSafeFolders } from './safe-path.js'
import { writeBudget } from './write-budget.js'
import { writeChunks } from './write.js'
import { allWindowsBytes } from './write-limits.js'

/** The timeout for removing the file of a failed upload. */
const tidyMs = 3_000

/** Writes a whole file, synced and of the right size, or removes it. Returns the number of bytes. */
export async function upload(
  operations: Operations,
  path: string,
  chunks: AsyncIterable<Buffer>,
  onProgress: (bytes: number) => void,
  channels?: number,
): Promise<number> {
  const file = operations.place(path)
  const doing = `Uploading ${path}`
  let fileChannels: FileChannels | undefined
  const share = writeBudget.begin()
  const ahead = readAhead(chunks, share.most(allWindowsBytes), (bytes) => openAhead(operations, bytes, channels))
  try {
    await requireSafeFolders(operations, path)
    const handle = await openForWriting(operations, doing, file)
    fileChannels = new FileChannels(operations, file, handle, share, channels)
    return await write(operations, doing, file, fileChannels, ahead, onProgress)
  } catch (error) {
    ahead.stop()
    // The server may have opened the file although the abort came before its answer.
    if (fileChannels || operations.signal.aborted) await tidy(operations, file, fileChannels)
    throw error
  } finally {
    share.end()
  }
}

async function openForWriting(operations: Operations, doing: string, file: string): Promise<Buffer> {
  try {
    return await openNew(operations, file)
  } catch (error) {
    const folder = posix.dirname(file)
    const folderMayBeMissing =
      isMissing(error) ||
      statusOf(error) === status.failure ||
      (statusOf(error) !== undefined && (await kindOf(operations, folder)) === 'missing')
    if (!folderMayBeMissing) throw await operations.typed(doing, file, error)
    await makeFolder(operations, folder)
    return openNew(operations, file).catch(async (second: unknown) => {
      throw await operations.typed(doing, file, second)
    })
  }
}

async function write(
  operations: Operations,
  doing: string,
  file: string,
  fileChannels: FileChannels,
  chunks: AsyncIterable<Buffer>,
  onProgress: (bytes: number) => void,
): Promise<number> {
  const { connection, signal } = operations
  const finish = async (bytes: number): Promise<void> => {
    const finished = fileChannels.finish(doing)
    const prepared = fileChannels.answersInOrder && prepareFolder(operations, posix.dirname(file))
    const [size] = await Promise.all([finished, prepared])
    // Some servers know the size only after the close.
    if (size !== bytes) requireSize(operations, doing, bytes, await operations.sizeAt(file))
  }
  try {
    return await writeChunks(connection, fileChannels, { chunks, signal, onProgress, finish })
  } catch (error) {
    // The caller gets errors of the chunks unchanged.
    const isOurs = statusOf(error) !== undefined || error === connection.down.reason
    throw isOurs ? await operations.typed(doing, file, error) : error
  }
}

/** A server that reports no size has acknowledged each write and the close; nothing more can be checked. */
function requireSize(
  { connection }: Operations,
  doing: string,
  sent: number,
  size: number | 'unknown' | undefined,
): void {
  if (size === sent || size === 'unknown') return
  throw new ExportError(
    'SFTP_VERIFICATION_FAILED',
    `${doing} on ${connection.where}: sent ${sent} bytes, but the file on the server has ${size === undefined ? 'vanished' : `${size} bytes`}.`,
  )
}

/** Tries, for a short time, to close and remove a file that is not whole. */
async function tidy({ connection }: Operations, file: string, fileChannels: FileChannels | undefined): Promise<void> {
  const soon = AbortSignal.timeout(tidyMs)
  await fileChannels?.abandon(soon)
  await connection.ask<void>(soon, (sftp, answer) => sftp.unlink(file, answer)).catch(() => {})
}
