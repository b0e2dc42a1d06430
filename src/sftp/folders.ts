import { posix } from 'node:path'
import { ExportError } from '../domain/errors.js'
import { status, statusOf } from './errors.js'
import { refusal, type Operations, type Request } from './operations.js'
import { syncPatience } from './patience.js'

/** Makes a folder and those above it. Others may be making the same at the same time. */
export async function makeFolder(operations: Operations, folder: string): Promise<void> {
  const make = () => operations.raw<void>((sftp, answer) => sftp.mkdir(folder, answer))
  const orFail = async (error: unknown) => {
    // Servers give all kinds of answers for a folder that is there. A link to one is none.
    if ((await operations.lstat(folder))?.isDirectory()) return
    throw await operations.typed(`Making the folder ${folder}`, folder, error)
  }
  if (operations.isGiven(folder)) throw missing(operations, folder)
  try {
    await make()
  } catch (error) {
    if (statusOf(error) !== status.noSuchFile || folder === '/') return orFail(error)
    await makeFolder(operations, posix.dirname(folder))
    await make().catch(orFail)
  }
}

function missing({ connection }: Operations, folder: string): ExportError {
  const message = `${connection.where} has no ${folder} yet: it is the server's operator who makes tenants' folders.`
  return new ExportError('SFTP_FOLDER_MISSING', message)
}

/** Makes the names in a folder last through a crash of the server, where it can do that. */
export async function syncFolder(operations: Operations, folder: string): Promise<void> {
  const handle = await operations.raw<Buffer>((sftp, answer) => sftp.open(folder, 'r', answer)).catch(refusal)
  if (!handle) return
  const sync: Request<void> = (sftp, answer) => sftp.ext_openssh_fsync(handle, answer)
  const close: Request<void> = (sftp, answer) => sftp.close(handle, answer)
  await Promise.all([operations.raw(sync, syncPatience).catch(refusal), operations.raw(close).catch(refusal)])
}
