import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type SftpClient from 'ssh2-sftp-client'
import { afterEach, beforeEach } from 'vitest'
import { startSftpServer, type LocalSftpServer, type SftpAccount } from '../../../dev/sftp-server/server.js'
import { generateSshKeyPair } from '../../../dev/machine/ssh-key.js'
import { connectSftp, connectSsh, openRawSftp, packetsOf, uint32, type Login } from '../../support/sftp/sftp-clients.js'

export const writerKey = generateSshKeyPair()
export const otherKey = generateSshKeyPair()

export let folder: string
export let root: string
export let server: LocalSftpServer
export let accounts: SftpAccount[]
export let tenantKeys: Map<string, readonly string[]>
let clients: SftpClient[] = []
let keysAreUnavailable: boolean

/** Registers the hooks that start a server for each test of a file. */
export function useSftpServer(): void {
  beforeEach(open)
  afterEach(close)
}

async function open(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-sftp-server-'))
  root = join(folder, 'root')
  accounts = [
    { username: 'writer', password: 'write it', publicKeys: [writerKey.public], access: { kind: 'writer' } },
    { username: 'acme', password: 'read it', access: { kind: 'tenant', tenantId: 'acme' } },
    { username: 'globex', password: 'read this', access: { kind: 'tenant', tenantId: 'globex' } },
  ]
  tenantKeys = new Map()
  keysAreUnavailable = false
  server = await start()
}

async function close(): Promise<void> {
  await Promise.all(clients.map((each) => each.end()))
  clients = []
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

const start = (port = 0): Promise<LocalSftpServer> =>
  startSftpServer({
    rootFolder: root,
    hostKeyFile: join(folder, 'keys', 'host_key'),
    accounts: () => accounts,
    tenantKeys: async (tenantId) => {
      if (keysAreUnavailable) throw new Error('the database is unavailable')
      return tenantKeys.get(tenantId) ?? []
    },
    port,
  })

/** Stops the server and starts it on the same port. */
export async function restartServer(): Promise<void> {
  const { port } = server
  await server.stop()
  server = await start(port)
}

/** Decides whether the server can ask for the keys of tenants. */
export function letKeysBeUnavailable(unavailable: boolean): void {
  keysAreUnavailable = unavailable
}

export const at = (login: Omit<Login, 'host' | 'port'>): Login => ({ host: server.host, port: server.port, ...login })
export const asWriter = (): Login => at({ username: 'writer', privateKey: writerKey.private })
export const asAcme = (): Login => at({ username: 'acme', password: 'read it' })

export async function client(login: Login): Promise<SftpClient> {
  const connected = await connectSftp(login)
  clients.push(connected)
  return connected
}

export async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), content)
}

/** The files below the root that this process, which is also the server, holds open. */
export async function openFiles(): Promise<string[]> {
  const names = await readdir('/proc/self/fd')
  const targets = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')))
  return targets.filter((target) => target.startsWith(root))
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
export const names = async (sftp: SftpClient, path: string): Promise<string[]> =>
  (await sftp.list(path)).map(({ name }) => name).toSorted()

/** The status in the answer to the last of some requests on a channel of its own; handles are numbered from 1. */
export async function rawStatus(login: Login, ...requests: Buffer[]): Promise<number> {
  const ssh = await connectSsh(login)
  try {
    const channel = await openRawSftp(ssh)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), ...requests]))
    let received = Buffer.alloc(0)
    for await (const chunk of channel as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk])
      const answers = packetsOf(received)
      // The first answer is the version.
      const last = answers.length === requests.length + 1 ? answers.at(-1) : undefined
      if (last) return last[0] === 101 ? last.readUInt32BE(5) : -1
    }
    throw new Error('the channel ended without an answer')
  } finally {
    ssh.end()
  }
}
