import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anActor } from '../support/builders.js'
import type { Actor } from '../../src/domain/actor.js'
import type { SftpKeys } from '../../src/services/sftp-keys.js'
import { createSftpKeys } from '../../src/services/sftp-keys-service.js'
import { createSftpTarget, type SftpTarget } from '../../src/sftp/sftp.js'
import { createEvents } from '../../src/telemetry/events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import {
  connectAsRole,
  createRole,
  type DeployedSftp,
  describeWithDeployedSftp,
  startDeployedSftp,
} from '../support/deployed-sftp.js'
import { eventually } from '../support/eventually.js'
import { urlFor } from '../../src/local/logins.js'
import { createTestDatabase } from '../support/postgres.js'
import { connectSftp, connectSsh } from '../support/sftp-clients.js'
import { makeKey, type TestKey } from '../support/ssh-keys.js'
import { newTenant, openStores, type Stores } from '../support/stores.js'

const never = new AbortController().signal

await describeWithDeployedSftp('the OpenSSH server of deploy/sftp', () => {
  let stores: Stores
  let server: DeployedSftp
  let keys: SftpKeys
  let writer: SftpTarget

  beforeAll(async () => {
    stores = await openStores()
    server = await startDeployedSftp(stores.url)
    const { host, port, hostKeyFingerprint } = server
    const endpoint = { host, port, hostKeyFingerprints: [hostKeyFingerprint] }
    keys = createSftpKeys({ store: stores.sftpKeys, endpoint, events: createEvents(createLogger({ level: 'silent' })) })
    writer = createSftpTarget({
      ...endpoint,
      username: 'tidemark',
      auth: { kind: 'privateKey', privateKey: server.writerKey, passphrase: undefined },
      root: '/tenants/{tenant}',
    })
  })
  afterAll(async () => {
    await writer[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await stores[Symbol.asyncDispose]()
  })

  const actor = (tenantId = newTenant()): Actor => anActor(tenantId, 'admin')
  const login = (username: string, { privateKey }: TestKey) => ({
    host: server.host,
    port: server.port,
    username,
    privateKey,
  })
  const canLogIn = (username: string, key: TestKey) =>
    connectSsh(login(username, key)).then(
      (ssh) => !!ssh.end(),
      () => false,
    )

  async function add(who: Actor, key: TestKey): Promise<string> {
    const added = await keys.add(who, { publicKey: key.line, label: 'test' })
    if (!added.ok) throw new Error(added.userErrors[0]?.message)
    return added.value.id
  }

  /** A tenant with a key that can log in, and with a file. */
  async function tenantWithFile() {
    const who = actor()
    const key = makeKey('-t', 'ed25519')
    const id = await add(who, key)
    await eventually('the account', () => canLogIn(who.tenantId, key))
    const file = `/exports/${who.tenantId}/2026/11/25/user/user.csv`
    await writer.session(never, async (files) => {
      const part = file.replace('user.csv', '.user.csv.part')
      await files.upload(part, oneChunk('code\n1\n'))
      await files.replace(part, file)
    })
    return { who, key, id, file }
  }

  async function* oneChunk(text: string): AsyncGenerator<Buffer> {
    yield Buffer.from(text)
  }

  test('a tenant that was not there at the start logs in with its first key, and finds what was delivered', async () => {
    const { who, key, file } = await tenantWithFile()
    const sftp = await connectSftp(login(who.tenantId, key))
    expect(await sftp.cwd()).toBe(`/exports/${who.tenantId}`)
    expect((await sftp.get(file)).toString()).toBe('code\n1\n')
    await sftp.end()
  })

  test.each([
    ['ECDSA', ['-t', 'ecdsa', '-b', '521']],
    ['RSA', ['-t', 'rsa', '-b', '3072']],
  ])('a second key works at once: %s', async (_type, args) => {
    const { who } = await tenantWithFile()
    const second = makeKey(...args)
    await add(who, second)
    expect(await canLogIn(who.tenantId, second)).toBe(true)
  })

  test('a removed key logs in no more at once, and what it has open ends; other keys stay', async () => {
    const { who, key, id } = await tenantWithFile()
    const second = makeKey('-t', 'ed25519')
    await add(who, second)
    const [sftp, other] = [await connectSftp(login(who.tenantId, key)), await connectSftp(login(who.tenantId, second))]
    const ended = new Promise((resolve) => sftp.on('close', () => resolve('ended')))
    await sftp.list('.')
    await keys.remove(who, id)
    expect(await canLogIn(who.tenantId, key)).toBe(false)
    expect(await ended).toBe('ended')
    expect(await other.list('.')).toHaveLength(1)
    await other.end()
    expect(await canLogIn(who.tenantId, second)).toBe(true)
  })

  test("a tenant has its own root, and can't find out about others, by names or otherwise", async () => {
    const [mine, theirs] = [await tenantWithFile(), await tenantWithFile()]
    const sftp = await connectSftp(login(mine.who.tenantId, mine.key))
    const names = async (path: string) => (await sftp.list(path)).map(({ name }) => name)
    expect(await names('/')).toEqual(['exports'])
    expect(await names('/exports')).toEqual([mine.who.tenantId])
    for (const path of [
      theirs.file,
      `/exports/${theirs.who.tenantId}`,
      '/tenants',
      '/etc/passwd',
      '/../../etc/passwd',
    ]) {
      await expect(sftp.stat(path)).rejects.toThrow('No such file')
    }
    await sftp.end()
    expect(await canLogIn(theirs.who.tenantId, mine.key)).toBe(false)
    expect(await canLogIn('tidemark', mine.key)).toBe(false)
    expect(await canLogIn('root', mine.key)).toBe(false)
  })

  test("a tenant that has the writer's name, or the system's, is let in as nobody", async () => {
    for (const name of ['tidemark', 'tidemark-keys', 'games', 'nobody']) {
      const key = makeKey('-t', 'ed25519')
      await add(actor(name), key)
      // Later tenants have their accounts: so this one has been looked at.
      await tenantWithFile()
      expect(await canLogIn(name, key)).toBe(false)
    }
  })

  test("none of the system's accounts is taken for a tenant's, whatever its number", async () => {
    const script = fileURLToPath(new URL('../../deploy/sftp/accounts.sh', import.meta.url))
    const state = await mkdtemp(join(tmpdir(), 'tidemark-ids-'))
    await writeFile(join(state, 'ids'), 'nobody 3000\nacme 3001\n')
    const accepted = (name: string) =>
      promisify(execFile)('bash', ['-c', 'source "$0" && is_tenant_name "$1"', script, name], {
        env: { ...process.env, SFTP_STATE: state },
      }).then(
        () => true,
        () => false,
      )
    const answers = await Promise.all(['nobody', 'root', 'daemon', 'Acme', 'acme', 'globex'].map(accepted))
    await rm(state, { recursive: true })
    expect(answers).toEqual([false, false, false, false, true, true])
  })

  test('a tenant whose name is the number of another account is that tenant all the same', async () => {
    const groups = new Set<number>()
    const names = ['2000', '2001', '3000', '02000', '2e3']
    for (const name of names) {
      const key = makeKey('-t', 'ed25519')
      await add(actor(name), key)
      await eventually('the account', () => canLogIn(name, key))
      groups.add((await stat(join(server.folder, 'tenants', name, 'exports', name))).gid)
    }
    expect(groups.size).toBe(names.length)
    const { who, key, file } = await tenantWithFile()
    const folder = join(server.folder, 'tenants', who.tenantId, 'exports', who.tenantId)
    expect((await stat(folder)).uid).toBe(2000)
    const sftp = await connectSftp(login(who.tenantId, key))
    expect((await sftp.get(file)).toString()).toBe('code\n1\n')
    await sftp.end()
  })

  test('before the server has made a folder the writer is told to come again, and makes none', async () => {
    const tenantId = newTenant()
    const upload = () => writer.session(never, (files) => files.upload(`/exports/${tenantId}/a/.part`, oneChunk('x')))
    await expect(upload()).rejects.toMatchObject({ code: 'SFTP_FOLDER_MISSING', retryable: true })
    await stores.query(
      `INSERT INTO registration (tenant_id, version, export_option, frequency, created_at, updated_at, updated_by)
       VALUES ($1, 1, 'EXPORT_ALL', 'DAILY', now(), now(), 'test')`,
      [tenantId],
    )
    await eventually('the folder', () =>
      upload().then(
        () => true,
        () => false,
      ),
    )
    expect((await stat(join(server.folder, 'tenants', tenantId))).uid).toBe(0)
  })

  test('folders of before there was a chroot for each tenant are moved, with what is in them', async () => {
    const who = actor()
    const old = join(server.folder, 'exports', who.tenantId, '2026')
    await mkdir(old, { recursive: true })
    const key = makeKey('-t', 'ed25519')
    await add(who, key)
    await eventually('the account', () => canLogIn(who.tenantId, key))
    expect(await readdir(join(server.folder, 'tenants', who.tenantId, 'exports', who.tenantId))).toEqual(['2026'])
    const sftp = await connectSftp(login(who.tenantId, key))
    expect(await sftp.list('2026')).toEqual([])
    await sftp.end()
  })

  test('while the database can not be asked nobody logs in by its keys, and what is open stays', async () => {
    const { who, key } = await tenantWithFile()
    const sftp = await connectSftp(login(who.tenantId, key))
    await stores.query('ALTER ROLE tidemark_sftp NOLOGIN')
    try {
      await eventually('the log to say so', async () => server.log().includes("can't be asked for tenants and keys"))
      expect(await canLogIn(who.tenantId, key)).toBe(false)
      expect(await sftp.list('.')).toHaveLength(1)
      await writer.ping()
    } finally {
      await stores.query('ALTER ROLE tidemark_sftp LOGIN')
    }
    expect(await canLogIn(who.tenantId, key)).toBe(true)
    await sftp.end()
  })

  test('its role in the database may ask two questions, and nothing else', async () => {
    const { who, key } = await tenantWithFile()
    const role = await connectAsRole(stores.url)
    const { rows } = await role.query('SELECT tidemark.authorized_keys($1) AS line', [who.tenantId])
    expect(rows).toEqual([{ line: `restrict ${key.canonical}` }])
    for (const statement of [
      'SELECT * FROM tidemark.sftp_key',
      'SELECT * FROM tidemark.registration',
      'DELETE FROM tidemark.sftp_key',
      'CREATE TABLE tidemark.mine ()',
      'SET ROLE tidemark',
    ]) {
      await expect(role.query(statement), statement).rejects.toThrow(/permission denied|does not exist|read-only/)
    }
    await role.end()
  })

  test('its role can be made, and made anew, by an owner of the tables who is no superuser', async () => {
    await using empty = await createTestDatabase()
    const admin = new pg.Client({ connectionString: empty.url })
    await admin.connect()
    const [owner, role] = [randomUUID(), randomUUID()].map((id) => `test_${id.replaceAll('-', '')}`) as [string, string]
    await admin.query(`CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD 'of the owner'`)
    await admin.query(`CREATE SCHEMA tidemark AUTHORIZATION ${owner}`)
    try {
      const ownerUrl = urlFor(empty.url, { username: owner, password: 'of the owner' })
      const asOwner = new pg.Client({ connectionString: ownerUrl })
      await asOwner.connect()
      await asOwner.query(`CREATE FUNCTION tidemark.authorized_keys(TEXT, TEXT) RETURNS TEXT RETURN 'key';
        CREATE FUNCTION tidemark.sftp_tenants() RETURNS TEXT RETURN 'tenant'`)
      await asOwner.end()
      for (const _time of ['once', 'again']) await createRole(ownerUrl, role)
      const { rows } = await admin.query(
        `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolinherit AS much, rolcanlogin
         FROM pg_roles WHERE rolname = '${role}'`,
      )
      expect(rows).toEqual([{ much: false, rolcanlogin: true }])
    } finally {
      for (const each of [role, owner]) {
        await admin.query(`DROP OWNED BY ${each} CASCADE`).catch(() => undefined)
        await admin.query(`DROP ROLE IF EXISTS ${each}`)
      }
      await admin.end()
    }
  })

  test('no secret is in its log, nor where a tenant could read it', async () => {
    expect(server.log()).not.toContain(server.secret)
    expect(server.log()).not.toContain(server.writerKey.split('\n')[2])
    const { mode } = await stat(join(server.folder, '../state/pg_service.conf'))
    expect(mode & 0o007).toBe(0)
    expect(await readFile(join(server.folder, '../state/sshd_config'), 'utf8')).not.toMatch(/@[A-Z]+@/)
  })
})
