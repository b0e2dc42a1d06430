import { ExportError, type ExportErrorCode } from '../domain/errors.js'

/** The statuses of SFTP that are distinguished here. Those from 10 are of later versions, but some servers use them in version 3. */
export const status = {
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
  noSuchPath: 10,
  noSpace: 14,
  quotaExceeded: 15,
} as const

/** Whether a server reports that a path or a folder above it does not exist. */
export function isMissing(error: unknown): boolean {
  const code = statusOf(error)
  return code === status.noSuchFile || code === status.noSuchPath
}

/** Whether a server does not know a request. */
export function isUnsupported(error: unknown): boolean {
  const code = statusOf(error)
  return code === status.unsupported || code === status.badMessage
}

/** Whether a server reports, by status or in words, that no space is left. Most have no status for it. */
export function isAboutSpace(error: unknown): boolean {
  const code = statusOf(error)
  if (code === status.noSpace || code === status.quotaExceeded) return true
  return (
    code === status.failure &&
    /no space|disk (is )?full|not enough (disk )?space|quota/i.test(reasonOf(error).slice(0, 1000))
  )
}

/** The request is an extension that the server lacks. */
export class UnsupportedRequest extends Error {
  readonly code = status.unsupported
}

/** The status of a server's answer; undefined if the error is no answer. */
export function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'number' ? code : undefined
}

/** A failed operation. `doing` names the operation, the path and the server. */
export function operationError(doing: string, error: unknown, diskFull = false): ExportError {
  if (error instanceof ExportError) return isLost(error) ? unavailable(doing, error.message, error) : error
  const code = diskFull ? 'SFTP_NO_SPACE' : operationCode(error)
  const reason = diskFull ? 'no space is left' : reasonOf(error)
  return new ExportError(code, `${doing}: ${reason}`, { cause: error })
}

/** The error of the connection itself, which does not name the operation. */
const isLost = (error: ExportError) => error.code === 'SFTP_UNAVAILABLE'

function operationCode(error: unknown): ExportErrorCode {
  const code = statusOf(error)
  if (code === undefined) return 'SFTP_UNAVAILABLE'
  if (code === status.permissionDenied) return 'SFTP_PERMISSION_DENIED'
  return 'SFTP_PROTOCOL'
}

/** An error of connecting and logging in, which ssh2 describes by texts and levels. */
export function connectError(where: string, error: unknown): ExportError {
  if (error instanceof ExportError) return error
  const code = isAboutLogin(error) ? 'SFTP_AUTHENTICATION_FAILED' : 'SFTP_UNAVAILABLE'
  return new ExportError(code, `Connecting to ${where}: ${reasonOf(error)}`, { cause: error })
}

function isAboutLogin(error: unknown): boolean {
  const { level, code, message } = error as { level?: unknown; code?: unknown; message?: unknown }
  const noMoreMethods = 14
  return (
    level === 'client-authentication' ||
    code === noMoreMethods ||
    /privateKey|passphrase|key format/i.test(String(message))
  )
}

export function unavailable(doing: string, reason: string, cause?: unknown): ExportError {
  return new ExportError('SFTP_UNAVAILABLE', `${doing}: ${reason}`, { cause })
}

export function reasonOf(error: unknown): string {
  // If all addresses of a host refuse, the message is empty and the causes are in `errors`.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
