import { ExportError } from '../domain/errors.js'
import { isMissing, status, statusOf } from './errors.js'
import { kindOf } from './kind.js'
import type { Operations } from './operations.js'

/**
 * Requires that no folder on the way to the paths is a symbolic link, which could lead elsewhere. All are requested about at
 * once, and each once for a connection. Returns the folders that do not exist yet, those above first. One about which the
 * server answers nothing is no problem.
 * @throws ExportError SFTP_UNSAFE_PATH
 */
export async function requireSafeFolders(operations: Operations, ...paths: string[]): Promise<string[]> {
  const { safeFolders } = operations.connection
  const folders = new Set(paths.flatMap((path) => operations.foldersTo(path)))
  const unknown = [...folders].filter((folder) => !safeFolders.has(folder))
  const found = await Promise.all(unknown.map(async (folder) => ({ folder, kind: await kindOf(operations, folder) })))
  for (const { folder, kind } of found) {
    if (kind === 'link' || kind === 'file') throw unsafe(operations, folder, kind === 'link')
    if (kind === 'folder') safeFolders.add(folder)
  }
  return found.flatMap(({ folder, kind }) => (kind === 'missing' ? [folder] : []))
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
    // A name that is taken has no number of its own: servers answer in many ways.
    if (statusOf(error) === undefined || isMissing(error)) throw error
    const kind = await kindOf(operations, file)
    if (kind === 'link') throw unsafe(operations, file, true)
    // Nothing: then it was about something else, or this server can't open so.
    if (kind === 'missing' || kind === 'unknown') {
      if (statusOf(error) === status.permissionDenied) throw error
      return open('w')
    }
    if (kind !== 'file') throw error
    await operations.raw<void>((sftp, answer) => sftp.unlink(file, answer))
    return open('wx')
  }
}

function unsafe({ connection }: Operations, place: string, isLink: boolean): ExportError {
  const what = isLink ? 'is a symbolic link, which is not followed' : 'is not a folder'
  return new ExportError('SFTP_UNSAFE_PATH', `${place} on ${connection.where} ${what}. Nothing was written.`)
}
