import { posix } from 'node:path'
import { isMissing, status, statusOf } from './errors.js'
import { type Change, changeNames } from './folders.js'
import { kindOf } from './kind.js'
import type { Operations } from './operations.js'
import { requireSafeFolders } from './safe-path.js'

/** What the caller knows of a rename. */
export interface RenameOptions {
  /** Whether this session has uploaded the file: then it exists, also where the server answers no question about it. */
  readonly isUploaded?: boolean
}

/**
 * Renames over what is stored at `to`: in one step with `posix-rename@openssh.com`, else in the next best way. A symbolic link
 * at `to` is replaced itself, whatever it points at.
 */
export async function replace(
  operations: Operations,
  from: string,
  to: string,
  options: RenameOptions = {},
): Promise<void> {
  const rename = { doing: `Renaming ${from} to ${to}`, source: operations.place(from), target: operations.place(to) }
  await requireSafeFolders(operations, from, to)
  await changeNames(operations, posix.dirname(rename.target), () => renameOver(operations, { ...rename, ...options }))
}

interface Rename extends RenameOptions {
  readonly doing: string
  readonly source: string
  readonly target: string
}

async function renameOver(operations: Operations, rename: Rename): Promise<Change> {
  const { doing, source, target } = rename
  try {
    await operations.raw<void>((sftp, answer) => sftp.ext_openssh_rename(source, target, answer))
    return 'at once'
  } catch (error) {
    // Some servers offer it, and refuse it where there is a target. A plain rename tells why, if it fails, too.
    const isFinal = isMissing(error) || statusOf(error) === status.permissionDenied
    if (statusOf(error) === undefined || isFinal) throw await operations.typed(doing, target, error)
    await renamePlainly(operations, rename)
    return 'later'
  }
}

/** Plain renames replace on some servers. Where they don't, the target must be removed first, and is away for a moment. */
async function renamePlainly(operations: Operations, rename: Rename): Promise<void> {
  const { doing, source, target } = rename
  try {
    await operations.raw<void>((sftp, answer) => sftp.rename(source, target, answer))
  } catch (error) {
    // Nothing is removed for a rename that could not have worked anyway, or that is not permitted.
    const mayBeInTheWay = statusOf(error) !== undefined && statusOf(error) !== status.permissionDenied
    if (!mayBeInTheWay || !(await isInTheWay(operations, rename))) throw await operations.typed(doing, source, error)
    await operations.ask<void>(doing, target, (sftp, answer) => sftp.unlink(target, answer))
    await operations.ask<void>(doing, source, (sftp, answer) => sftp.rename(source, target, answer))
  }
}

async function isInTheWay(operations: Operations, { source, target, isUploaded = false }: Rename): Promise<boolean> {
  const before = await kindOf(operations, target)
  if (before === 'missing' || (before === 'unknown' && !isUploaded)) return false
  return isUploaded || ['file', 'link'].includes(await kindOf(operations, source))
}
