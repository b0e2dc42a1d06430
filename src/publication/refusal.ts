import { ExportError } from '../domain/errors.js'
import type { EntityWindow } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'

const refusals: ReadonlySet<string> = new Set([
  'SFTP_PERMISSION_DENIED',
  'SFTP_PROTOCOL',
  'SFTP_NO_SPACE',
  'SFTP_VERIFICATION_FAILED',
])

/** An answer of the SFTP server. Without an answer it is unknown what the server did. */
export function isRefusal(error: unknown): error is ExportError {
  return error instanceof ExportError && refusals.has(error.code)
}

/** Whether a later attempt or run has taken over. */
export function isSuperseded(error: unknown): error is ExportError {
  return error instanceof ExportError && error.code === 'SUPERSEDED'
}

/** The answer of the server; `unknown` where it refuses to give one. */
export async function answered<T>(ask: () => Promise<T>): Promise<T | 'unknown'> {
  try {
    return await ask()
  } catch (error) {
    if (isRefusal(error)) return 'unknown'
    throw error
  }
}

/**
 * Removes a hidden file, and returns whether it is gone. Where the server does not permit it, the file stays, the log says so,
 * and the delivery goes on. Of a manifest's hidden file only the tenant is known.
 */
export async function removeIfPermitted(
  { events }: Pick<PublicationDependencies, 'events'>,
  session: ServerSession,
  of: Pick<EntityWindow, 'tenantId'> & Partial<EntityWindow>,
  path: string,
): Promise<boolean> {
  try {
    await session.remove(path)
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    events.hiddenFileLeft(of, path, error)
    return false
  }
}
