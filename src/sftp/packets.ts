import type { SFTPWrapper } from 'ssh2'

/** The most bytes under way on a channel without an answer. Fewer are slow over long distances. */
export const windowBytes = 4 * 1024 * 1024

/** The same for all channels of a file: OpenSSH accepts 2 MB on each, and the rest waits to be sent. */
export const allWindowsBytes = 10 * 1024 * 1024

/** The most bytes that OpenSSH accepts or returns in one request. */
const mostBytes = 261_120

/** What every server accepts and returns in one request, and the default of ssh2. */
const safeBytes = 31_952

/** ssh2 splits a larger request and waits for each piece. It keeps the server's limits in private fields (docs/reference/internals.md). */
export function requestBytes(sftp: SFTPWrapper, kind: 'read' | 'write'): number {
  const name = kind === 'read' ? '_maxReadLen' : '_maxWriteLen'
  const limit: unknown = (sftp as unknown as Record<string, unknown>)[name]
  return typeof limit === 'number' && limit > 0 ? Math.min(limit, mostBytes) : safeBytes
}

/**
 * The number of channels on which a large file is written. Each has a window of 2 MB, which is too little for a distant
 * server. OpenSSH accepts several channels; some other servers require that a file is written in order.
 */
export function usualChannels(sftp: SFTPWrapper): number {
  return (sftp as unknown as { _isOpenSSH?: boolean })._isOpenSSH === true ? 4 : 1
}
