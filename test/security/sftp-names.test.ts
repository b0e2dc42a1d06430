import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DeployedSftp, describeWithDeployedSftp, startDeployedSftp } from '../support/sftp/deployed-sftp.js'
import { eventually } from '../support/eventually.js'
import { noteInput } from './support/inputs.js'
import { connectSftp } from '../support/sftp/sftp-clients.js'
import { answerTo } from './support/ssh-attacks.js'
import { makeKey } from '../support/sftp/ssh-keys.js'
import { openStores, type Stores } from '../support/world/stores.js'

const key = makeKey('-t', 'ed25519')
/** Names that the server once had for itself, and forms that it must take. */
const formerNames = ['Acme.EU-1', 'x.y', 'sftp-writers', 'sftp-tenants', 'sftp-keys', 'tidemark', 'tidemark-keys']
const systemNames = ['root', 'nobody', 'sshd', 'mail', 'shadow', 'sudo']

await describeWithDeployedSftp('a tenant whose id is a name that the OpenSSH server or its system has', () => {
  let stores: Stores
  let server: DeployedSftp

  beforeAll(async () => {
    stores = await openStores()
    for (const tenantId of [...formerNames, ...systemNames]) {
      await stores.query(
        `INSERT INTO sftp_key (id, tenant_id, type, public_key, fingerprint, label, added_at, added_by)
         VALUES (gen_random_uuid(), $1, 'ssh-ed25519', $2, $3, 'x', now(), 'x')`,
        [tenantId, key.canonical.split(' ')[1], key.fingerprint],
      )
    }
    server = await startDeployedSftp(stores.url)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await stores[Symbol.asyncDispose]()
  })

  /** What the tenant finds at its root and below it, once the server has decided about its account. */
  async function seenBy(tenantId: string): Promise<string> {
    await eventually('an account or a refusal', () =>
      [`tenant ${tenantId} reads`, `tenant ${tenantId} gets no account`].some((line) => server.log().includes(line)),
    )
    return answerTo(async () => {
      const { host, port } = server
      const sftp = await connectSftp({ host, port, username: tenantId, privateKey: key.privateKey })
      const lists = [await sftp.list('/'), await sftp.list('/exports')]
      await sftp.end()
      return lists.map((list) => list.map(({ name }) => name).join()).join('/')
    })
  }

  test.each(formerNames)('the tenant %s sees its own folder and nothing else', async (tenantId) => {
    const answer = await seenBy(tenantId)
    noteInput(
      `OpenSSH: the tenant id ${tenantId}, which the server itself once had, or whose form it must take`,
      answer,
    )
    expect(answer).toBe(`done: exports/${tenantId}`)
  })

  test.each(systemNames)('the tenant %s, named as a system account, cannot log in', async (tenantId) => {
    const answer = await seenBy(tenantId)
    noteInput(`OpenSSH: the tenant id ${tenantId}, a name of the system`, answer)
    expect(answer).toMatch(/authentication methods failed/)
  })
})
