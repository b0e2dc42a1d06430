import type { SftpTarget } from '../sftp/types.js'
import { type Check, fine } from './examine.js'

/** Whether the SFTP server answers with a pinned host key, accepts the login, and has the folder of the exports. */
export function sftpCheck(sftp: SftpTarget, { host, port }: { readonly host: string; readonly port: number }): Check {
  return {
    name: 'sftp',
    remedy: 'Run `tidemark test-delivery <tenant>`, which names the failing step.',
    run: () =>
      sftp.session(AbortSignal.timeout(10_000), async (session) => {
        const folders = await session.list('/exports')
        return fine(`${host}:${port}; folders of tenants: ${folders.length}`)
      }),
  }
}
