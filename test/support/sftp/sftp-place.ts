import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../../src/config/env.js'
import { startSftpServer } from '../../../dev/sftp-server/server.js'
import { type Quirks, startQuirkySftp } from './quirky-sftp.js'
import { type OpenSsh, startOpenSsh } from './openssh.js'
import type { SshdSettings } from './sshd-process.js'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.js'

/** A real SFTP server behind a proxy that can throttle and cut, delivering into a folder that the test can look into. */
export interface SftpPlace extends AsyncDisposable {
  /** The folder that holds `exports/`. */
  readonly folder: string
  /** The SFTP_* variables to use it through the proxy. */
  readonly environment: Environment
  /** The variables that differ for whoever goes past the proxy. */
  readonly direct: Environment
  /** What must be found nowhere but in the configuration. */
  readonly secret: string
  readonly proxy: TcpProxy
  /** An outage: no connection lives on, none can be made. */
  halt(): Promise<void>
  /** The end of the outage. */
  start(): Promise<void>
}

/** The local stack's own server. */
export async function startEmbeddedSftp(folder: string): Promise<SftpPlace> {
  const secret = 'writer-password-that-nobody-may-see'
  const rootFolder = join(folder, 'sftp')
  const launch = (port?: number) =>
    startSftpServer({
      rootFolder,
      hostKeyFile: join(folder, 'sftp-host-key'),
      accounts: () => [{ username: 'writer', password: secret, access: { kind: 'writer' } }],
      ...(port !== undefined && { port }),
    })
  let server = await launch()
  const proxy = await startTcpProxy(server)
  const stop = (): Promise<void> => server.stop()
  return {
    folder: rootFolder,
    secret,
    proxy,
    direct: { SFTP_HOST: server.host, SFTP_PORT: String(server.port) },
    environment: {
      SFTP_HOST: proxy.host,
      SFTP_PORT: String(proxy.port),
      SFTP_USERNAME: 'writer',
      SFTP_PASSWORD: secret,
      SFTP_HOST_KEY_FINGERPRINT: server.hostKeyFingerprint,
    },
    halt: stop,
    start: async () => {
      server = await launch(server.port)
    },
    [Symbol.asyncDispose]: async () => {
      await proxy.stop()
      await stop()
    },
  }
}

/** A place on an OpenSSH server that can be set up in other ways. */
export interface OpenSshPlace extends SftpPlace {
  readonly server: OpenSsh
}

/** OpenSSH's server. @throws where it is not available: see openSshAvailability. */
export async function startOpenSshPlace(folder: string, settings: SshdSettings = {}): Promise<OpenSshPlace> {
  const rootFolder = join(folder, 'openssh')
  await mkdir(rootFolder, { recursive: true })
  const server = await startOpenSsh({ ...settings, folder: rootFolder })
  const proxy = await startTcpProxy(server)
  return {
    server,
    folder: rootFolder,
    secret: server.privateKey.split('\n')[2] ?? server.privateKey,
    proxy,
    direct: { SFTP_HOST: server.host, SFTP_PORT: String(server.port) },
    environment: {
      SFTP_HOST: proxy.host,
      SFTP_PORT: String(proxy.port),
      SFTP_USERNAME: server.username,
      SFTP_PRIVATE_KEY: server.privateKey,
      SFTP_HOST_KEY_FINGERPRINT: server.hostKeyFingerprints.join(','),
      SFTP_ROOT: rootFolder,
    },
    halt: () => server.halt(),
    start: () => server.start(),
    [Symbol.asyncDispose]: async () => {
      await proxy.stop()
      await server.stop()
    },
  }
}

/** A server with habits that tests choose. */
export function startQuirkyPlace(quirks: Quirks): (folder: string) => Promise<SftpPlace> {
  return async (folder) => {
    const rootFolder = join(folder, 'quirky')
    await mkdir(rootFolder, { recursive: true })
    const server = await startQuirkySftp({ folder: rootFolder, quirks })
    const proxy = await startTcpProxy(server)
    const direct = { SFTP_HOST: server.host, SFTP_PORT: String(server.port) }
    return {
      folder: rootFolder,
      secret: server.password,
      proxy,
      direct,
      environment: {
        SFTP_HOST: proxy.host,
        SFTP_PORT: String(proxy.port),
        SFTP_USERNAME: server.username,
        SFTP_PASSWORD: server.password,
        SFTP_HOST_KEY_FINGERPRINT: server.hostKeyFingerprints.join(','),
      },
      halt: () => server.stop(),
      start: () => Promise.reject(new Error('this server is started once')),
      [Symbol.asyncDispose]: async () => {
        await proxy.stop()
        await server.stop()
      },
    }
  }
}
