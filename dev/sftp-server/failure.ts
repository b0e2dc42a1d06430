import ssh2 from 'ssh2'

/** The status codes of SFTP version 3. */
export const Status = ssh2.utils.sftp.STATUS_CODE

/** The failure of one SFTP request, with the status and the text for the client. */
export class SftpFailure extends Error {
  override readonly name = 'SftpFailure'
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

export const noSuchFile = (): SftpFailure => new SftpFailure(Status.NO_SUCH_FILE, 'No such file')
export const permissionDenied = (): SftpFailure => new SftpFailure(Status.PERMISSION_DENIED, 'Permission denied')
export const unsupported = (): SftpFailure => new SftpFailure(Status.OP_UNSUPPORTED, 'Operation unsupported')
export const failure = (message: string): SftpFailure => new SftpFailure(Status.FAILURE, message)

const messages: Readonly<Record<string, string>> = {
  EEXIST: 'File exists',
  EISDIR: 'Is a directory',
  ENOSPC: 'No space left on device',
  ENOTEMPTY: 'Directory not empty',
}

/** The failure for an error of the file system. Its text contains no path of this machine. */
export function asSftpFailure(error: unknown): SftpFailure {
  if (error instanceof SftpFailure) return error
  const code = String((error as NodeJS.ErrnoException).code)
  if (code === 'ENOENT' || code === 'ENOTDIR') return noSuchFile()
  if (code === 'EACCES' || code === 'EPERM') return permissionDenied()
  return failure(messages[code] ?? 'Failure')
}
