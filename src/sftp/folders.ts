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
  const absent = await requireSafeFolders(operations, ...paths)
  const ours = absent.filter((folder) => !operations.isGiven(folder))
  await Promise.all(
    ours.map(async (folder) => {
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
 * Opens the folder of a file that is uploaded, so that its rename and the sync of the folder can be sent together. The folder
 * stays open until the rename, or until an upload of a later session on the connection.
 */
export async function prepareFolder(operations: Operations, folder: string): Promise<void> {
  const { preparedFolders } = operations.connection
  const left = [...preparedFolders].filter(([path, { by }]) => by !== operations || path === folder)
  for (const [path] of left) preparedFolders.delete(path)
  const [handle] = await Promise.all([
    openFolder(operations, folder),
    ...left.map(([, prepared]) => closeFolder(operations, prepared.handle)),
  ])
  if (!handle) return
  // Another file of the folder has prepared it meanwhile.
  if (preparedFolders.has(folder)) await closeFolder(operations, handle)
  else preparedFolders.set(folder, { by: operations, handle })
}

/** Whether the first request has changed the names, or others after it. */
export type Change = 'at once' | 'later'

/**
 * Changes names in a folder, and syncs the folder if the server can, so that the change survives a crash. It opens the folder
 * at the same time, to save a round trip, unless the upload has prepared it.
 */
export async function changeNames(
  operations: Operations,
  folder: string,
  change: () => Promise<Change>,
): Promise<void> {
  const prepared = takePrepared(operations, folder)
  const changing = change()
  if (prepared) {
    // The sync covers only a change that was sent before it.
    const [changed] = await Promise.allSettled([changing, syncAndClose(operations, prepared)])
    if (changed.status === 'fulfilled' && changed.value === 'at once') return
  }
  const [changed, opened] = await Promise.allSettled([changing, openFolder(operations, folder)])
  if (opened.status === 'fulfilled' && opened.value) await syncAndClose(operations, opened.value)
  for (const one of [changed, opened]) if (one.status === 'rejected') throw one.reason
}

const openFolder = (operations: Operations, folder: string): Promise<Buffer | undefined> =>
  operations.raw<Buffer>((sftp, answer) => sftp.open(folder, 'r', answer)).catch(ignoreRefusal)

/** Only what the same session has prepared: meanwhile another folder may have got the name. */
function takePrepared(operations: Operations, folder: string): Buffer | undefined {
  const { preparedFolders } = operations.connection
  const prepared = preparedFolders.get(folder)
  if (prepared?.by !== operations) return undefined
  preparedFolders.delete(folder)
  return prepared.handle
}

async function syncAndClose(operations: Operations, folder: Buffer): Promise<void> {
  await Promise.all([operations.sync(folder).catch(ignoreRefusal), closeFolder(operations, folder)])
}

const closeFolder = (operations: Operations, folder: Buffer): Promise<void> =>
  operations.raw<void>((sftp, answer) => sftp.close(folder, answer)).catch(ignoreRefusal)
