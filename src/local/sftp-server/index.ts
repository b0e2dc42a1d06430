import { once } from 'node:events'
import { mkdir, realpath } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import ssh2 from 'ssh2'
import type { SftpAccount } from './accounts.js'
import { serveConnection } from './connection.js'
import { loadHostKey } from './host-key.js'

export type { SftpAccess, SftpAccount } from './accounts.js'

/** How long a client may take to log in, in milliseconds. */
const loginTime = 30_000

export interface SftpServerOptions {
  /** The folder that holds `exports/`; made where it is missing. */
  readonly rootFolder: string
  /** Where the server's key is kept; made on the first start. */
  readonly hostKeyFile: string
  /** Read at each login, so that a new tenant's account works at once. */
  readonly accounts: () => readonly SftpAccount[]
  /** Any free one where it is not given. */
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
 * The SFTP server of the local stack. The writer has the whole folder; a tenant has `/exports/<its id>`, read-only.
 * Symbolic links are neither made nor followed. A rename replaces, and closing a written file syncs it to disk.
 * Rejects where the port is taken or the host key can't be read.
 */
export async function startSftpServer(options: SftpServerOptions): Promise<LocalSftpServer> {
  const { host = '127.0.0.1', port = 0, accounts } = options
  await mkdir(options.rootFolder, { recursive: true })
  const root = await realpath(options.rootFolder)
  const hostKey = await loadHostKey(options.hostKeyFile)
  const sockets = new Map<string, { socket: Socket; deadline: NodeJS.Timeout }>()
  const sessions = new Set<Promise<void>>()

  const ssh = new ssh2.Server({ hostKeys: [hostKey.privateKey], ident: 'tidemark' }, (client, info) => {
    const known = sockets.get(`${info.ip}:${info.port}`)
    // A client that breaks off or breaks the protocol is its own business; its files close as its channels end.
    client.on('error', () => known?.socket.destroy())
    if (!known) return void client.end()
    client.on('ready', () => clearTimeout(known.deadline))
    serveConnection(client, known.socket, { root, accounts }, (ended) => {
      sessions.add(ended)
      void ended.finally(() => sessions.delete(ended))
    })
  })
  // ssh2 gets its sockets from us, so that we can end them: it leaves open those that never say anything.
  const listener = createServer({ noDelay: true }, (socket) => {
    const name = `${socket.remoteAddress}:${socket.remotePort}`
    const deadline = setTimeout(() => socket.destroy(), loginTime)
    sockets.set(name, { socket, deadline })
    socket.on('close', () => {
      clearTimeout(deadline)
      sockets.delete(name)
    })
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
      for (const { socket } of sockets.values()) socket.destroy()
      await closed
      await Promise.all(sessions)
    },
  }
}
