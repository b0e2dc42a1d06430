import type { EntityOfRun } from '../src/database/delivery-store.js'
import { ExportError } from '../src/domain/errors.js'
import type { SftpSession } from '../src/sftp/sftp.js'
import type { ActivityDependencies } from './dependencies.js'

const refusals: ReadonlySet<string> = new Set([
  'SFTP_PERMISSION_DENIED',
  'SFTP_PROTOCOL',
  'SFTP_NO_SPACE',
  'SFTP_VERIFICATION_FAILED',
])

/** An answer of the SFTP server, as opposed to none: then it is not known what the server did. */
export function isRefusal(error: unknown): error is ExportError {
  return error instanceof ExportError && refusals.has(error.code)
}

/** Whether a later attempt or run has taken over. */
export function isSuperseded(error: unknown): error is ExportError {
  return error instanceof ExportError && error.code === 'SUPERSEDED'
}

/**
 * Removes a hidden file, and gives whether it is gone. A server that does not permit it keeps nobody from delivering: the
 * file stays, and the log says so. Of a manifest's hidden file the tenant alone is known.
 */
export async function removeIfPermitted(
  deps: ActivityDependencies,
  session: SftpSession,
  of: Pick<EntityOfRun, 'tenantId'> & Partial<EntityOfRun>,
  path: string,
): Promise<boolean> {
  try {
    await session.remove(path)
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    deps.events.partLeftBehind(of, path, error)
    return false
  }
}
