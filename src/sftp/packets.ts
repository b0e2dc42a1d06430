import type { SFTPWrapper } from 'ssh2'

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
 * Whether the server is OpenSSH, which answers each channel in order and accepts several channels for one file. Some other
 * servers require that a file is written in order, or close it while writes are under way.
 */
export function isOpenSsh(sftp: SFTPWrapper): boolean {
  return (sftp as unknown as { _isOpenSSH?: boolean })._isOpenSSH === true
}
