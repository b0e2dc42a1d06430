import type { SftpTarget } from '../../../src/sftp/sftp.js'

/** Asks the server for the size of its root folder. It fails with the typed error if the server gives no answer. */
export async function askSftp(target: SftpTarget): Promise<void> {
  await target.session(new AbortController().signal, (files) => files.size('/'))
}
