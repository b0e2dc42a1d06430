import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createSftpTarget } from '../../../src/sftp/sftp.js'
import { startDeployedSftp } from '../../support/sftp/deployed-sftp.js'
import { eventually } from '../../support/eventually.js'
import { makeKey } from '../../support/sftp/ssh-keys.js'
import { openStores } from '../../support/world/stores.js'
import { startSftpServer } from '../../../dev/sftp-server/server.js'

const never = new AbortController().signal
export const [acmeKey, globexKey] = [makeKey('-t', 'ed25519'), makeKey('-t', 'ed25519')]
const secret = 'what is nobody’s business'

/** A server with the tenants acme and globex, each with its key and with a file. */
export interface AttackedSftp extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Where acme's folder is on this machine, to plant links in. */
  readonly acmeFolder: string
  /** The folder that nothing may change in. */
  readonly folder: string
}

/** A delivered file of the tenant. */
export const fileOf = (tenantId: string) => `/exports/${tenantId}/2026/11/25/user/user.csv`

export async function startEmbedded(): Promise<AttackedSftp> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-attacked-'))
  const rootFolder = join(folder, 'root')
  for (const tenantId of ['acme', 'globex']) {
    await mkdir(dirname(join(rootFolder, fileOf(tenantId))), { recursive: true })
    await writeFile(join(rootFolder, fileOf(tenantId)), tenantId === 'acme' ? 'mine' : secret)
  }
  const keys = new Map([
    ['acme', [acmeKey.canonical]],
    ['globex', [globexKey.canonical]],
  ])
  const account = { username: 'acme', password: 'right', access: { kind: 'tenant', tenantId: 'acme' } } as const
  const server = await startSftpServer({
    rootFolder,
    hostKeyFile: join(folder, 'key'),
    accounts: () => [account],
    tenantKeys: async (tenantId) => keys.get(tenantId) ?? [],
  })
  return {
    host: server.host,
    port: server.port,
    acmeFolder: join(rootFolder, 'exports/acme'),
    folder: rootFolder,
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await rm(folder, { recursive: true })
    },
  }
}

export async function startDeployed(): Promise<AttackedSftp> {
  const stores = await openStores()
  for (const [tenantId, { canonical, fingerprint }] of [
    ['acme', acmeKey],
    ['globex', globexKey],
  ] as const) {
    await stores.query(
      `INSERT INTO sftp_key (id, tenant_id, type, public_key, fingerprint, label, added_at, added_by)
       VALUES (gen_random_uuid(), $1, 'ssh-ed25519', $2, $3, 'x', now(), 'x')`,
      [tenantId, canonical.split(' ')[1], fingerprint],
    )
  }
  const server = await startDeployedSftp(stores.url)
  const folder = join(server.folder, 'tenants')
  const writer = createSftpTarget({
    host: server.host,
    port: server.port,
    username: server.writerName,
    auth: { kind: 'privateKey', privateKey: server.writerKey, passphrase: undefined },
    hostKeyFingerprints: [server.hostKeyFingerprint],
    root: '/tenants/{tenant}',
  })
  async function* content(tenantId: string): AsyncGenerator<Buffer> {
    yield Buffer.from(tenantId === 'acme' ? 'mine' : secret)
  }
  for (const tenantId of ['acme', 'globex']) {
    const upload = () => writer.session(never, (files) => files.upload(fileOf(tenantId), content(tenantId)))
    await eventually('the folder', () =>
      upload().then(
        () => true,
        () => false,
      ),
    )
  }
  await writer[Symbol.asyncDispose]()
  return {
    host: server.host,
    port: server.port,
    acmeFolder: join(folder, 'acme/exports/acme'),
    folder,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await stores[Symbol.asyncDispose]()
    },
  }
}
