import { posix } from 'node:path'
import { ExportError } from '../domain/errors.js'
import { isMissing, statusOf } from './errors.js'
import { type Kind, kindOf } from './kind.js'
import { ignoreRefusal, type Operations, type Request } from './operations.js'
import { requireSafeFolders } from './safe-path.js'

/** Creates a folder and those above it. Other workers may create them at the same time. */
export async function makeFolder(operations: Operations, folder: string): Promise<void> {
  if (operations.isGiven(folder)) throw missing(operations, folder)
  const make = () => operations.raw<void>((sftp, answer) => sftp.mkdir(folder, answer))
  try {
    await make()
  } catch (error) {
    const kind = isMissing(error) ? 'missing' : await kindOf(operations, folder)
    if (kind === 'folder' || (kind === 'unknown' && folder === '/')) return
    const parent = posix.dirname(folder)
    if (folder === '/' || !(await mayLackParent(operations, kind, parent, error))) {
      throw await operations.typed(`Making the folder ${folder}`, folder, error)
    }
    await makeFolder(operations, parent)
    await make().catch((again: unknown) => requireFolder(operations, folder, again))
  }
}

/**
 * Requests all folders that the paths lack at once, those above first. Servers answer in order. What a server refuses is left
 * to the upload, which looks at each answer.
 */
export async function makeFoldersFor(operations: Operations, paths: readonly string[]): Promise<void> {
  const missing = await requireSafeFolders(operations, ...paths)
  const made = missing.filter((folder) => !operations.isGiven(folder))
  await Promise.all(
    made.map(async (folder) => {
      const make: Request<boolean> = (sftp, answer) => sftp.mkdir(folder, (error) => answer(error, true))
      if (await operations.raw(make).catch(ignoreRefusal)) operations.connection.safeFolders.add(folder)
    }),
  )
}

/** Servers answer differently for a folder without a parent, and some refuse every request about it. */
async function mayLackParent(operations: Operations, kind: Kind, parent: string, error: unknown): Promise<boolean> {
  if (statusOf(error) === undefined) return false
  if (isMissing(error) || kind === 'unknown') return true
  return kind === 'missing' && (await kindOf(operations, parent)) === 'missing'
}

/** A link to a folder is not a folder. If the server does not report the kind, the next write in the folder will fail. */
async function requireFolder(operations: Operations, folder: string, error: unknown): Promise<void> {
  const kind = await kindOf(operations, folder)
  if (kind === 'folder' || kind === 'unknown') return
  throw await operations.typed(`Making the folder ${folder}`, folder, error)
}

function missing({ connection }: Operations, folder: string): ExportError {
  const message = `${connection.where} has no folder ${folder}. The server's operator creates tenants' folders: see SFTP_ROOT.`
  return new ExportError('SFTP_FOLDER_MISSING', message)
}

/**
 * Changes names in a folder, and syncs the folder if the server can, so that the change survives a crash. It opens the folder
 * at the same time, to save a round trip.
 */
export async function changeNames(operations: Operations, folder: string, change: () => Promise<void>): Promise<void> {
  const changing = change()
  const opening = operations.raw<Buffer>((sftp, answer) => sftp.open(folder, 'r', answer)).catch(ignoreRefusal)
  const [changed, opened] = await Promise.allSettled([changing, opening])
  if (opened.status === 'fulfilled' && opened.value) await syncAndClose(operations, opened.value)
  for (const one of [changed, opened]) if (one.status === 'rejected') throw one.reason
}

async function syncAndClose(operations: Operations, folder: Buffer): Promise<void> {
  const close: Request<void> = (sftp, answer) => sftp.close(folder, answer)
  await Promise.all([operations.sync(folder).catch(ignoreRefusal), operations.raw(close).catch(ignoreRefusal)])
}
