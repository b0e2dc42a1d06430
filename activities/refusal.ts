import { ExportError } from '../src/domain/errors.js'

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
