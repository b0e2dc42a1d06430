import { posix } from 'node:path'
import { ExportError } from '../domain/errors.js'
import { isMissing, status, statusOf } from './errors.js'
import { kindOf } from './kind.js'
import { makeFolder } from './folders.js'
import { Lanes } from './lanes.js'
import type { Operations } from './operations.js'
import { syncPatience } from './patience.js'
import { openNew, requireSafeFolders } from './safe-path.js'
import { writeChunks } from './write.js'

/** How long a failed upload may take to tidy up after itself. */
const tidyMs = 3_000

/** Writes a whole file, synced and of the right size, or leaves none. Gives its bytes. */
export async function upload(
  operations: Operations,
  path: string,
  chunks: AsyncIterable<Buffer>,
  onProgress: (bytes: number) => void,
  channels?: number,
): Promise<number> {
  const file = operations.place(path)
  const doing = `Uploading ${path}`
  let handle: Buffer | undefined
  let lanes: Lanes | undefined
  try {
    await requireSafeFolders(operations, path)
    handle = await openForWriting(operations, doing, file)
    lanes = new Lanes(operations, file, handle, channels)
    const bytes = await write(operations, doing, file, lanes, chunks, onProgress)
    await Promise.all([finish(operations, doing, file, { handle, bytes }), lanes.closeOthers(operations.signal)])
    return bytes
  } catch (error) {
    // An abort may have come after the server was asked to open, and before it answered.
    if (handle || operations.signal.aborted) await tidy(operations, file, handle, lanes)
    throw error
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
  lanes: Lanes,
  chunks: AsyncIterable<Buffer>,
  onProgress: (bytes: number) => void,
): Promise<number> {
  const { connection, signal } = operations
  try {
    return await writeChunks(connection, lanes, chunks, signal, onProgress)
  } catch (error) {
    // What the chunks threw is for the caller as it is.
    const isOurs = statusOf(error) !== undefined || error === connection.down.reason
    throw isOurs ? await operations.typed(doing, file, error) : error
  }
}

/**
 * Has the bytes put on disk, closes the file and checks its size. All is asked at once, for the round trips: servers answer
 * in order, and where one tells of another size before it has closed the file, it is asked again.
 */
async function finish(
  operations: Operations,
  doing: string,
  file: string,
  { handle, bytes }: { handle: Buffer; bytes: number },
): Promise<void> {
  const synced = operations.sync(handle).catch(async (error: unknown) => {
    throw await operations.typed(doing, file, error)
  })
  const closed = operations.ask<void>(doing, file, (sftp, answer) => sftp.close(handle, answer), syncPatience)
  const [size] = await Promise.all([operations.sizeAt(file, syncPatience), synced, closed])
  if (size !== bytes) requireSize(operations, doing, bytes, await operations.sizeAt(file))
}

/** A server that tells no size has acknowledged each write and the end: more can't be known of it. */
function requireSize(
  { connection }: Operations,
  doing: string,
  sent: number,
  size: number | 'unknown' | undefined,
): void {
  if (size === sent || size === 'unknown') return
  throw new ExportError(
    'SFTP_VERIFICATION_FAILED',
    `${doing} on ${connection.where}: sent ${sent} bytes, but the file there has ${size ?? 'vanished'}.`,
  )
}

/** Closes and removes a file that is not whole, if that can be done soon. */
async function tidy(
  { connection }: Operations,
  file: string,
  handle: Buffer | undefined,
  lanes: Lanes | undefined,
): Promise<void> {
  const soon = AbortSignal.timeout(tidyMs)
  await lanes?.closeOthers(soon)
  if (handle) await connection.ask<void>(soon, (sftp, answer) => sftp.close(handle, answer)).catch(() => {})
  await connection.ask<void>(soon, (sftp, answer) => sftp.unlink(file, answer)).catch(() => {})
}
