import { type Actor } from '../../../src/domain/actor.js'
import type { SftpKeys } from '../../../src/services/sftp-keys.js'
import { createSftpKeys } from '../../../src/services/sftp-keys.js'
import { createSftpTarget, type SftpTarget } from '../../../src/sftp/sftp.js'
import { createEvents } from '../../../src/telemetry/create-events.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { anActor } from '../../support/world/builders.js'
import { type DeployedSftp, startDeployedSftp } from '../../support/sftp/deployed-sftp.js'
import { eventually } from '../../support/eventually.js'
import { connectSsh } from '../../support/sftp/sftp-clients.js'
import { makeKey, type TestKey } from '../../support/sftp/ssh-keys.js'
import { newTenant, openStores, type Stores } from '../../support/world/stores.js'

export interface TenantWithFile {
  readonly who: Actor
  readonly key: TestKey
  readonly id: string
  /** The path of its delivered file. */
  readonly file: string
}

/** The OpenSSH server of deploy/sftp with a writer, and tenants that add keys and log in. */
export interface DeployedTenants extends AsyncDisposable {
  readonly stores: Stores
  readonly server: DeployedSftp
  readonly keys: SftpKeys
  readonly writer: SftpTarget
  login(username: string, key: TestKey): { host: string; port: number; username: string; privateKey: string }
  canLogIn(username: string, key: TestKey): Promise<boolean>
  /** Adds a key and gives its id. */
  add(who: Actor, key: TestKey): Promise<string>
  /** A tenant with a key that can log in, and with a file. */
  tenantWithFile(who?: Actor): Promise<TenantWithFile>
}

export const actorOf = (tenantId = newTenant()): Actor => anActor(tenantId, 'admin')

export async function* oneChunk(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

export async function startDeployedTenants(options: { readonly fetches?: boolean } = {}): Promise<DeployedTenants> {
  const stores = await openStores()
  const server = await startDeployedSftp(stores.url, options)
  const { host, port, hostKeyFingerprint } = server
  const endpoint = { host, port, hostKeyFingerprints: [hostKeyFingerprint] }
  const events = createEvents(createLogger({ level: 'silent' }))
  const keys = createSftpKeys({ ...stores, endpoint, events })
  const writer = createSftpTarget({
    ...endpoint,
    username: server.writerName,
    auth: { kind: 'privateKey', privateKey: server.writerKey, passphrase: undefined },
    root: '/tenants/{tenant}',
  })
  const login: DeployedTenants['login'] = (username, { privateKey }) => ({ host, port, username, privateKey })
  const canLogIn: DeployedTenants['canLogIn'] = (username, key) =>
    connectSsh(login(username, key)).then(
      (ssh) => !!ssh.end(),
      () => false,
    )
  const add: DeployedTenants['add'] = async (who, key) => {
    const added = await keys.add(who, { publicKey: key.line, label: 'test' })
    if (!added.ok) throw new Error(added.userErrors[0]?.message)
    return added.value.id
  }
  const tenantWithFile: DeployedTenants['tenantWithFile'] = async (who = actorOf()) => {
    const key = makeKey('-t', 'ed25519')
    const id = await add(who, key)
    await eventually('the account', () => canLogIn(who.tenantId, key))
    const file = `/exports/${who.tenantId}/2026/11/25/user/user.csv`
    await writer.session(new AbortController().signal, async (files) => {
      const hidden = file.replace('user.csv', '.user.csv.part')
      await files.upload(hidden, oneChunk('code\n1\n'))
      await files.replace(hidden, file)
    })
    return { who, key, id, file }
  }
  return {
    ...{ stores, server, keys, writer, login, canLogIn, add, tenantWithFile },
    [Symbol.asyncDispose]: async () => {
      await writer[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await stores[Symbol.asyncDispose]()
    },
  }
}
