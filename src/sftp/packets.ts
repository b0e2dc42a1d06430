import type { SFTPWrapper } from 'ssh2'

/** How much may be under way without an answer, in bytes. Less is slow over long distances. */
export const windowBytes = 4 * 1024 * 1024

/** The most that OpenSSH takes or gives in one request. */
const mostBytes = 261_120

/** What every server takes and gives in one request, and what ssh2 sends at most to those that it does not know. */
const safeBytes = 31_952

/** A larger request is split by ssh2, which then waits for each part. It asks the server for its limits, but hides them. */
export function requestBytes(sftp: SFTPWrapper, kind: 'read' | 'write'): number {
  const name = kind === 'read' ? '_maxReadLen' : '_maxWriteLen'
  const limit: unknown = (sftp as unknown as Record<string, unknown>)[name]
  return typeof limit === 'number' && limit > 0 ? Math.min(limit, mostBytes) : safeBytes
}
