import { ExportError } from '../domain/errors.js'
import { status, statusOf } from './errors.js'
import type { Operations } from './operations.js'

/**
 * Sees to it that no folder on the way to a path is a symbolic link, which would have us write somewhere else. All are
 * asked about at once, and each once for a connection. What is not there yet is for whoever makes it.
 * @throws ExportError SFTP_UNSAFE_PATH
 */
export async function requireSafeFolders(operations: Operations, path: string): Promise<void> {
  const { safeFolders } = operations.connection
  const unknown = operations.foldersTo(path).filter((folder) => !safeFolders.has(folder))
  const found = await Promise.all(unknown.map(async (folder) => ({ folder, stats: await operations.lstat(folder) })))
  for (const { folder, stats } of found) {
    if (stats && !stats.isDirectory()) throw unsafe(operations, folder, stats.isSymbolicLink())
    if (stats) safeFolders.add(folder)
  }
}

/**
 * Opens a file that nobody has made yet, in one step with finding out: whatever lies there is neither followed nor
 * written to. A file that an earlier attempt left is removed first.
 */
export async function openNew(operations: Operations, file: string): Promise<Buffer> {
  const open = (flags: 'wx' | 'w') => operations.raw<Buffer>((sftp, answer) => sftp.open(file, flags, answer))
  try {
    return await open('wx')
  } catch (error) {
    // The one answer for a name that is taken, which has no number of its own.
    if (statusOf(error) !== status.failure) throw error
    const stats = await operations.lstat(file)
    if (stats?.isSymbolicLink()) throw unsafe(operations, file, true)
    // Nothing: then it was about something else, or this server can't open so.
    if (!stats) return open('w')
    if (!stats.isFile()) throw error
    await operations.raw<void>((sftp, answer) => sftp.unlink(file, answer))
    return open('wx')
  }
}

function unsafe({ connection }: Operations, place: string, isLink: boolean): ExportError {
  const what = isLink ? 'is a symbolic link, which is not followed' : 'is not a folder'
  return new ExportError('SFTP_UNSAFE_PATH', `${place} on ${connection.where} ${what}. Nothing was written.`)
}
