import type { SFTPWrapper } from 'ssh2'

/** How much may be under way on a channel without an answer, in bytes. Less is slow over long distances. */
export const windowBytes = 4 * 1024 * 1024

/** The same for several channels together: OpenSSH takes 2 MB of each, and some more is to wait for its turn. */
export const allWindowsBytes = 10 * 1024 * 1024

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

/**
 * Channels that a large file is written on at the same time, each at places of its own: each has a window of 2 MB, which
 * is too little for a long link. Right for OpenSSH; of other servers some insist that a file comes in its order.
 */
export function usualChannels(sftp: SFTPWrapper): number {
  return (sftp as unknown as { _isOpenSSH?: boolean })._isOpenSSH === true ? 4 : 1
}
