import { once } from 'node:events'
import { realpath } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import ssh2 from 'ssh2'
import { makePrivateFolder } from '../machine/private-files.js'
import type { Directory, LoggedIn } from './accounts.js'
import { algorithms } from './algorithms.js'
import { serveConnection } from './connection.js'
import { loadHostKey } from './host-key.js'
import { PendingLogins } from './pending-logins.js'
import { RemovedKeys } from './removed-keys.js'
import { type FetchListener, reportFetches } from './reported-fetches.js'

export type { SftpAccess, SftpAccount } from './accounts.js'

export interface SftpServerOptions extends Pick<Directory, 'accounts'>, Partial<Pick<Directory, 'tenantKeys'>> {
  /** The folder that contains `exports/`. It is made if it is missing. */
  readonly rootFolder: string
  /** The file of the server's key. The first start makes it. */
  readonly hostKeyFile: string
  /** Learns which files tenants read. */
  readonly fetches?: FetchListener
  /** Any free port if undefined. */
  readonly port?: number
  readonly host?: string
}

export interface LocalSftpServer {
  readonly host: string
  readonly port: number
  /** `SHA256:<base64 without padding>`, as `ssh-keygen -lf` prints it. */
  readonly hostKeyFingerprint: string
  /** Ends all connections; resolves when every file is closed. */
  stop(): Promise<void>
}

/**
 * The SFTP server of the local stack. The writer can access the whole folder; a tenant can read `/exports/<its id>`.
 * The server neither makes nor follows symbolic links. A rename replaces an existing target. Closing a written file
 * syncs it to disk. If a tenant's key is removed, connections that use it end within seconds.
 * Rejects if the port is taken or the host key can't be read.
 */
export async function startSftpServer(options: SftpServerOptions): Promise<LocalSftpServer> {
  const { host = '127.0.0.1', port = 0, accounts, tenantKeys = async () => [] } = options
  await makePrivateFolder(options.rootFolder)
  const root = await realpath(options.rootFolder)
  const hostKey = await loadHostKey(options.hostKeyFile)
  const sockets = new Map<string, Socket>()
  const pendingLogins = new PendingLogins()
  const removedKeys = new RemovedKeys(tenantKeys)
  const sessions = new Set<Promise<void>>()

  const ssh = new ssh2.Server({ hostKeys: [hostKey.privateKey], ident: 'tidemark', algorithms }, (client, info) => {
    const socket = sockets.get(`${info.ip}:${info.port}`)
    // A broken connection needs no report. Its files are closed when its channels end.
    client.on('error', () => socket?.destroy())
    if (!socket) return void client.end()
    const onLogin = (login: LoggedIn): ReturnType<typeof reportFetches> => {
      pendingLogins.loggedIn(socket)
      removedKeys.watch(socket, login)
      return options.fetches && reportFetches(options.fetches, login, info.ip)
    }
    serveConnection(client, socket, { root, directory: { accounts, tenantKeys }, onLogin }, (ended) => {
      sessions.add(ended)
      void ended.finally(() => sessions.delete(ended))
    })
  })
  // This listener accepts the sockets, so that it can close those that send nothing. ssh2 would keep them open.
  const listener = createServer({ noDelay: true }, (socket) => {
    const name = `${socket.remoteAddress}:${socket.remotePort}`
    pendingLogins.add(socket)
    sockets.set(name, socket)
    socket.on('close', () => sockets.delete(name))
    ssh.injectSocket(socket)
  })
  listener.listen(port, host)
  await once(listener, 'listening')

  return {
    host,
    port: (listener.address() as AddressInfo).port,
    hostKeyFingerprint: hostKey.fingerprint,
    stop: async () => {
      const closed = new Promise((resolve) => listener.close(resolve))
      removedKeys.stop()
      for (const socket of sockets.values()) socket.destroy()
      await closed
      await Promise.all(sessions)
    },
  }
}
