import { posix } from 'node:path'
import { isMissing, status, statusOf } from './errors.js'
import { changeNames } from './folders.js'
import type { Operations } from './operations.js'
import { requireSafeFolders } from './safe-path.js'

/**
 * Renames over what lies at `to`: in one step with `posix-rename@openssh.com`, else in the next best way. A symbolic link
 * that lies there is replaced itself, whatever it points at.
 */
export async function replace(operations: Operations, from: string, to: string): Promise<void> {
  const [source, target] = [operations.place(from), operations.place(to)]
  const doing = `Renaming ${from} to ${to}`
  for (const path of [from, to]) await requireSafeFolders(operations, path)
  await changeNames(operations, posix.dirname(target), () => rename(operations, doing, source, target))
}

async function rename(operations: Operations, doing: string, source: string, target: string): Promise<void> {
  try {
    await operations.raw<void>((sftp, answer) => sftp.ext_openssh_rename(source, target, answer))
  } catch (error) {
    // Some servers offer it, and refuse it where there is a target. A plain rename tells why, if it fails, too.
    const isFinal = isMissing(error) || statusOf(error) === status.permissionDenied
    if (statusOf(error) === undefined || isFinal) throw await operations.typed(doing, target, error)
    await renamePlainly(operations, doing, source, target)
  }
}

/** Plain renames replace on some servers; where they don't, the target must go first, and is away for a moment. */
async function renamePlainly(operations: Operations, doing: string, source: string, target: string): Promise<void> {
  try {
    await operations.raw<void>((sftp, answer) => sftp.rename(source, target, answer))
  } catch (error) {
    // Nothing is removed for a rename that could not have worked anyway, or that is not permitted.
    const mayBeInTheWay = statusOf(error) !== status.permissionDenied
    const isInTheWay = mayBeInTheWay && (await operations.stat(source)) && (await operations.stat(target))
    if (!isInTheWay) throw await operations.typed(doing, source, error)
    await operations.ask<void>(doing, target, (sftp, answer) => sftp.unlink(target, answer))
    await operations.ask<void>(doing, source, (sftp, answer) => sftp.rename(source, target, answer))
  }
}
