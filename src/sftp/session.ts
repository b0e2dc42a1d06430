import type { FileEntry, Stats } from 'ssh2'
import { ExportError } from '../domain/errors.js'
import type { Connection } from './connection.js'
import { fetch } from './fetch.js'
import { makeFoldersFor } from './folders.js'
import { Operations } from './operations.js'
import { readWhole } from './read-whole.js'
import { removeAllIn, removeIfEmpty } from './removal.js'
import { replace } from './replace.js'
import { requireSafeFolders } from './safe-path.js'
import type { SftpOptions, SftpSession } from './types.js'
import { upload } from './upload.js'

/** The operations of one session on one connection. They end with the reason of `signal` when that aborts. */
export function sessionOn(
  connection: Connection,
  { root, channels }: Pick<SftpOptions, 'root' | 'channels'>,
  signal: AbortSignal,
): SftpSession {
  const operations = new Operations(connection, root, signal)
  return {
    makeFoldersFor: (paths) => makeFoldersFor(operations, paths),
    async upload(path, chunks, onProgress = () => {}) {
      return { bytes: await upload(operations, path, chunks, onProgress, channels) }
    },
    replace: (from, to, options) => replace(operations, from, to, options),
    async remove(path) {
      const file = operations.place(path)
      await requireSafeFolders(operations, path)
      const removed = await operations.unlessMissing<true>(`Removing ${path}`, file, (sftp, answer) =>
        sftp.unlink(file, (error) => answer(error, true)),
      )
      return removed ?? false
    },
    async size(path) {
      const file = operations.place(path)
      const doing = `Looking at ${path}`
      const stats = await operations.unlessMissing<Partial<Stats>>(doing, file, (sftp, answer) =>
        sftp.stat(file, answer),
      )
      if (stats && stats.size === undefined) {
        throw new ExportError('SFTP_PROTOCOL', `${doing} on ${connection.where}: the server tells no size.`)
      }
      return stats?.size
    },
    removeAllIn: (folder) => removeAllIn(operations, folder),
    removeIfEmpty: (folder) => removeIfEmpty(operations, folder),
    fetch: (path) => fetch(operations, path),
    readWhole: (path, most) => readWhole(operations, path, most),
    async list(folder) {
      const place = operations.place(folder)
      const entries = await operations.unlessMissing<FileEntry[]>(`Listing ${folder}`, place, (sftp, answer) =>
        sftp.readdir(place, answer),
      )
      const names = entries?.map((entry) => entry.filename) ?? []
      return names.filter((name) => name !== '.' && name !== '..').toSorted()
    },
  }
}
