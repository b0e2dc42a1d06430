import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Environment } from '../../src/config/env.js'
import { type LocalSftpServer, startSftpServer } from '../sftp-server/server.js'

/** An SFTP server that can be switched off and on again. */
export interface SftpOutage extends AsyncDisposable {
  /** The settings with which Tidemark uses the server. */
  readonly environment: Environment
  begin(): Promise<void>
  end(): Promise<void>
}

export async function startBreakableSftp(folder: string): Promise<SftpOutage> {
  const [username, password] = ['_tidemark-writer', randomBytes(24).toString('base64url')]
  const start = (port?: number): Promise<LocalSftpServer> =>
    startSftpServer({
      rootFolder: join(folder, 'sftp'),
      hostKeyFile: join(folder, 'sftp-host-key'),
      accounts: () => [{ username, password, access: { kind: 'writer' } }],
      ...(port !== undefined && { port }),
    })
  let server = await start()
  const { host, port, hostKeyFingerprint } = server
  return {
    environment: {
      SFTP_HOST: host,
      SFTP_PORT: String(port),
      SFTP_USERNAME: username,
      SFTP_PASSWORD: password,
      SFTP_HOST_KEY_FINGERPRINT: hostKeyFingerprint,
    },
    begin: () => server.stop(),
    end: async () => {
      server = await start(port)
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
