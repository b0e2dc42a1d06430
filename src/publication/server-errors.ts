import { ExportError } from '../domain/errors.js'
import type { EntityWindow } from '../domain/publication.js'
import type { ServerSession } from '../domain/publication-ports.js'
import type { PublicationDependencies } from './dependencies.js'

const answers: ReadonlySet<string> = new Set([
  'SFTP_PERMISSION_DENIED',
  'SFTP_PROTOCOL',
  'SFTP_NO_SPACE',
  'SFTP_VERIFICATION_FAILED',
])

/** Whether the SFTP server has answered with an error. Without an answer it is unknown what the server did. */
export function isServerError(error: unknown): error is ExportError {
  return error instanceof ExportError && answers.has(error.code)
}

/** Whether this attempt is stale: a later attempt or another run has taken over. */
export function isStale(error: unknown): error is ExportError {
  return error instanceof ExportError && error.code === 'SUPERSEDED'
}

/** The answer of the server; `unknown` if it answers with an error. */
export async function answerOf<T>(ask: () => Promise<T>): Promise<T | 'unknown'> {
  try {
    return await ask()
  } catch (error) {
    if (isServerError(error)) return 'unknown'
    throw error
  }
}

/**
 * Removes a file, and returns whether it is gone. If the server does not permit it, the file stays, the log says so, and the
 * delivery continues. Of a manifest's hidden file only the tenant is known.
 */
export async function removeIfPermitted(
  { events }: Pick<PublicationDependencies, 'events'>,
  session: ServerSession,
  window: Pick<EntityWindow, 'tenantId'> & Partial<EntityWindow>,
  path: string,
): Promise<boolean> {
  try {
    await session.remove(path)
    return true
  } catch (error) {
    if (!isServerError(error)) throw error
    events.hiddenFileLeft(window, path, error)
    return false
  }
}
