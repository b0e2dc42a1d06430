import { posix } from 'node:path'
import { ExportError } from '../domain/errors.js'
import { isMissing, statusOf } from './errors.js'
import { kindOf } from './kind.js'
import { refusal, type Operations, type Request } from './operations.js'

/** Makes a folder and those above it. Others may be making the same at the same time. */
export async function makeFolder(operations: Operations, folder: string): Promise<void> {
  const make = () => operations.raw<void>((sftp, answer) => sftp.mkdir(folder, answer))
  const orFail = async (error: unknown) => {
    // Servers give all kinds of answers for a folder that is there. A link to one is none. Where the server answers no
    // question, what is to be written into the folder tells.
    const kind = await kindOf(operations, folder)
    if (kind === 'folder' || kind === 'unknown') return
    throw await operations.typed(`Making the folder ${folder}`, folder, error)
  }
  if (operations.isGiven(folder)) throw missing(operations, folder)
  try {
    await make()
  } catch (error) {
    const parent = posix.dirname(folder)
    const mayLackParent =
      isMissing(error) || (statusOf(error) !== undefined && (await kindOf(operations, parent)) === 'missing')
    if (!mayLackParent || folder === '/') return orFail(error)
    await makeFolder(operations, parent)
    await make().catch(orFail)
  }
}

function missing({ connection }: Operations, folder: string): ExportError {
  const message = `${connection.where} has no ${folder} yet: it is the server's operator who makes tenants' folders.`
  return new ExportError('SFTP_FOLDER_MISSING', message)
}

/**
 * Changes names in a folder, and makes that last through a crash of the server, where it can do that. The folder is opened
 * at the same time, for the round trip.
 */
export async function changeNames(operations: Operations, folder: string, change: () => Promise<void>): Promise<void> {
  const changing = change()
  const opening = operations.raw<Buffer>((sftp, answer) => sftp.open(folder, 'r', answer)).catch(refusal)
  const [changed, opened] = await Promise.allSettled([changing, opening])
  if (opened.status === 'fulfilled' && opened.value) await syncAndClose(operations, opened.value)
  for (const one of [changed, opened]) if (one.status === 'rejected') throw one.reason
}

async function syncAndClose(operations: Operations, folder: Buffer): Promise<void> {
  const close: Request<void> = (sftp, answer) => sftp.close(folder, answer)
  await Promise.all([operations.sync(folder).catch(refusal), operations.raw(close).catch(refusal)])
}
