import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import { isTenantId } from '../../src/domain/actor.js'
import { connectAsRole, describeWithDeployedSftp } from '../support/sftp/deployed-sftp.js'
import { actorOf, type DeployedTenants, oneChunk, startDeployedTenants } from './support/deployed-tenants.js'
import { eventually } from '../support/eventually.js'
import { connectSftp } from '../support/sftp/sftp-clients.js'
import { makeKey } from '../support/sftp/ssh-keys.js'
import { newTenant } from '../support/world/stores.js'

const never = new AbortController().signal

await describeWithDeployedSftp('the OpenSSH server of deploy/sftp', () => {
  let place: DeployedTenants
  beforeAll(async () => {
    place = await startDeployedTenants()
  })
  afterAll(() => place[Symbol.asyncDispose]())
  beforeEach(() => onTestFailed(() => void process.stderr.write(place.server.log().slice(-5_000))))

  test('a new tenant logs in with its first key and finds its delivered files', async () => {
    const { who, key, file } = await place.tenantWithFile()
    const sftp = await connectSftp(place.login(who.tenantId, key))
    expect(await sftp.cwd()).toBe(`/exports/${who.tenantId}`)
    expect((await sftp.get(file)).toString()).toBe('code\n1\n')
    await sftp.end()
  })

  test.each([
    ['ECDSA', ['-t', 'ecdsa', '-b', '521']],
    ['RSA', ['-t', 'rsa', '-b', '3072']],
  ])('a second key works immediately: %s', async (_type, args) => {
    const { who } = await place.tenantWithFile()
    const second = makeKey(...args)
    await place.add(who, second)
    expect(await place.canLogIn(who.tenantId, second)).toBe(true)
  })

  test('a removed key is refused immediately, its sessions end, and other keys stay', async () => {
    const { who, key, id } = await place.tenantWithFile()
    const second = makeKey('-t', 'ed25519')
    await place.add(who, second)
    const [sftp, other] = [
      await connectSftp(place.login(who.tenantId, key)),
      await connectSftp(place.login(who.tenantId, second)),
    ]
    const ended = new Promise((resolve) => sftp.on('close', () => resolve('ended')))
    await sftp.list('.')
    await place.keys.remove(who, id)
    expect(await place.canLogIn(who.tenantId, key)).toBe(false)
    expect(await ended).toBe('ended')
    expect(await other.list('.')).toHaveLength(1)
    await other.end()
    expect(await place.canLogIn(who.tenantId, second)).toBe(true)
  })

  test('a tenant has its own root and cannot learn of other tenants', async () => {
    const [mine, theirs] = [await place.tenantWithFile(), await place.tenantWithFile()]
    const sftp = await connectSftp(place.login(mine.who.tenantId, mine.key))
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
    expect(await place.canLogIn(theirs.who.tenantId, mine.key)).toBe(false)
    expect(await place.canLogIn(place.server.writerName, mine.key)).toBe(false)
    expect(await place.canLogIn('root', mine.key)).toBe(false)
  })

  /** The names of this machine's accounts and groups that could be the id of a tenant. The server's system is a copy of it. */
  async function systemNames(): Promise<string[]> {
    const files = await Promise.all(['/etc/passwd', '/etc/group'].map((file) => readFile(file, 'utf8')))
    const names = files.flatMap((content) => content.split('\n').map((line) => line.split(':')[0] ?? ''))
    return [...new Set(names)].filter(isTenantId)
  }

  test('no tenant logs in under the name of a system account or group', async () => {
    const key = makeKey('-t', 'ed25519')
    const names = await systemNames()
    expect(names.length).toBeGreaterThan(20)
    for (const name of names) await place.add(actorOf(name), key)
    await eventually('all names to be refused', () =>
      names.every((name) => place.server.log().includes(`tenant ${name} gets no account`)),
    )
    for (const name of names)
      expect({ name, loggedIn: await place.canLogIn(name, key) }).toEqual({ name, loggedIn: false })
  })

  test.each(['Acme.EU-1', 'tidemark', 'tidemark-keys', 'sftp-writers', 'sftp-tenants', 'sftp-keys'])(
    'a tenant called %s is a tenant like every other one',
    async (name) => {
      const { key } = await place.tenantWithFile(actorOf(name))
      const sftp = await connectSftp(place.login(name, key))
      const names = async (path: string) => (await sftp.list(path)).map((entry) => entry.name)
      expect([await names('/'), await names('/exports')]).toEqual([['exports'], [name]])
      await expect(sftp.mkdir('/exports/new')).rejects.toThrow('Permission denied')
      await sftp.end()
      const groups = await place.server.run(`id -Gn -- ${name} 2>/dev/null || true`)
      expect(groups).toContain('_sftp-tenants')
      expect(groups).not.toMatch(/writers|keys/)
    },
  )

  test("a name of the server's own accounts and groups cannot be a tenant id", async () => {
    const config = await readFile(join(place.server.root, 'mnt/state/sshd_config'), 'utf8')
    const named = [...config.matchAll(/^(?:AllowGroups|Match Group|\s*AuthorizedKeysCommandUser) (.+)$/gm)]
    const names = [place.server.writerName, ...named.flatMap(([, list = '']) => list.split(' '))]
    expect(names).toContain('_sftp-writers')
    for (const name of names) expect(name).toMatch(/^_/)
    expect(names.filter(isTenantId)).toEqual([])
  })

  test('a tenant whose name is the number of another account logs in as itself', async () => {
    const groups = new Set<number>()
    const names = ['2000', '2001', '3000', '02000', '2e3']
    for (const name of names) {
      const key = makeKey('-t', 'ed25519')
      await place.add(actorOf(name), key)
      await eventually('the account', () => place.canLogIn(name, key))
      groups.add((await stat(join(place.server.folder, 'tenants', name, 'exports', name))).gid)
    }
    expect(groups.size).toBe(names.length)
    const { who, key, file } = await place.tenantWithFile()
    const folder = join(place.server.folder, 'tenants', who.tenantId, 'exports', who.tenantId)
    expect((await stat(folder)).uid).toBe(2000)
    const sftp = await connectSftp(place.login(who.tenantId, key))
    expect((await sftp.get(file)).toString()).toBe('code\n1\n')
    await sftp.end()
  })

  test("the writer waits until the server has made the tenant's folder", async () => {
    const tenantId = newTenant()
    const upload = () =>
      place.writer.session(never, (files) => files.upload(`/exports/${tenantId}/a/.part`, oneChunk('x')))
    await expect(upload()).rejects.toMatchObject({ code: 'SFTP_FOLDER_MISSING', retry: 'hours' })
    await place.stores.query(
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
    expect((await stat(join(place.server.folder, 'tenants', tenantId))).uid).toBe(0)
  })

  test('folders of releases without a chroot are moved with their contents', async () => {
    const who = actorOf()
    const old = join(place.server.folder, 'exports', who.tenantId, '2026')
    await mkdir(old, { recursive: true })
    const key = makeKey('-t', 'ed25519')
    await place.add(who, key)
    await eventually('the account', () => place.canLogIn(who.tenantId, key))
    expect(await readdir(join(place.server.folder, 'tenants', who.tenantId, 'exports', who.tenantId))).toEqual(['2026'])
    const sftp = await connectSftp(place.login(who.tenantId, key))
    expect(await sftp.list('2026')).toEqual([])
    await sftp.end()
  })

  test('the database role of the SFTP server may call two functions and nothing else', async () => {
    const { who, key } = await place.tenantWithFile()
    const role = await connectAsRole(place.stores.url)
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

  test('no secret is in the log of the SFTP server or readable by a tenant', async () => {
    expect(place.server.log()).not.toContain(place.server.secret)
    expect(place.server.log()).not.toContain(place.server.writerKey.split('\n')[2])
    const { mode } = await stat(join(place.server.folder, '../state/pg_service.conf'))
    expect(mode & 0o007).toBe(0)
    expect(await readFile(join(place.server.folder, '../state/sshd_config'), 'utf8')).not.toMatch(/@[A-Z]+@/)
  })
})
