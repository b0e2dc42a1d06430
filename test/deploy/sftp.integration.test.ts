import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import { askSftp } from '../support/ask-sftp.js'
import { anActor } from '../support/builders.js'
import { type Actor, isTenantId } from '../../src/domain/actor.js'
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
  sessionsOfOneTenant,
  startDeployedSftp,
} from '../support/deployed-sftp.js'
import { closeOf } from '../support/close-of.js'
import { eventually } from '../support/eventually.js'
import { urlFor } from '../../dev/logins.js'
import { createTestDatabase } from '../support/postgres.js'
import { connectSftp, connectSsh } from '../support/sftp-clients.js'
import { makeKey, type TestKey } from '../support/ssh-keys.js'
import { newTenant, openStores, type Stores } from '../support/stores.js'

const accounts = fileURLToPath(new URL('../../deploy/sftp/accounts.sh', import.meta.url))
const never = new AbortController().signal
const run = promisify(execFile)

/** Calls a function of accounts.sh. */
async function accountsScript(state: string, ...call: readonly string[]): Promise<{ code: number; stdout: string }> {
  const env = { ...process.env, SFTP_STATE: state }
  return run('bash', ['-c', `source "$0" && "$@"`, accounts, ...call], { env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  )
}

/** Runs a script that may change the accounts and groups of this machine: of a copy, which only the script sees. */
async function onCopyOfEtc(script: string): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'tidemark-etc-'))
  try {
    await chmod(base, 0o755)
    const mounted = `cp -r /etc ${base}/etc && mount --bind ${base}/etc /etc\n${script}`
    const env = { ...process.env, SFTP_STATE: base, SFTP_DATA: join(base, 'data') }
    const namespace = ['--mount', '--propagation', 'private']
    return (await run('unshare', [...namespace, 'bash', '--norc', '-euc', mounted], { env })).stdout
  } finally {
    await rm(base, { recursive: true })
  }
}

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
      username: server.writerName,
      auth: { kind: 'privateKey', privateKey: server.writerKey, passphrase: undefined },
      root: '/tenants/{tenant}',
    })
  })
  afterAll(async () => {
    await writer[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await stores[Symbol.asyncDispose]()
  })

  beforeEach(() => onTestFailed(() => void process.stderr.write(server.log().slice(-5_000))))

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
  async function tenantWithFile(who = actor()) {
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
    expect(await canLogIn(server.writerName, mine.key)).toBe(false)
    expect(await canLogIn('root', mine.key)).toBe(false)
  })

  /** The names of this machine's accounts and groups that could be the id of a tenant. The server's system is a copy of it. */
  async function systemNames(): Promise<string[]> {
    const files = await Promise.all(['/etc/passwd', '/etc/group'].map((file) => readFile(file, 'utf8')))
    const names = files.flatMap((content) => content.split('\n').map((line) => line.split(':')[0] ?? ''))
    return [...new Set(names)].filter(isTenantId)
  }

  test("no tenant logs in under a name of the system's accounts or groups", async () => {
    const key = makeKey('-t', 'ed25519')
    const names = await systemNames()
    expect(names.length).toBeGreaterThan(20)
    for (const name of names) await add(actor(name), key)
    await eventually('all names to be refused', () =>
      names.every((name) => server.log().includes(`tenant ${name} gets no account`)),
    )
    for (const name of names) expect({ name, loggedIn: await canLogIn(name, key) }).toEqual({ name, loggedIn: false })
  })

  test.each(['Acme.EU-1', 'tidemark', 'tidemark-keys', 'sftp-writers', 'sftp-tenants', 'sftp-keys'])(
    'a tenant called %s is a tenant like every other one',
    async (name) => {
      const { key } = await tenantWithFile(actor(name))
      const sftp = await connectSftp(login(name, key))
      const names = async (path: string) => (await sftp.list(path)).map((entry) => entry.name)
      expect([await names('/'), await names('/exports')]).toEqual([['exports'], [name]])
      await expect(sftp.mkdir('/exports/new')).rejects.toThrow('Permission denied')
      await sftp.end()
      const groups = await server.run(`id -Gn -- ${name} 2>/dev/null || true`)
      expect(groups).toContain('_sftp-tenants')
      expect(groups).not.toMatch(/writers|keys/)
    },
  )

  test("the names of the server's own accounts and groups can't be the id of a tenant", async () => {
    const config = await readFile(join(server.root, 'mnt/state/sshd_config'), 'utf8')
    const named = [...config.matchAll(/^(?:AllowGroups|Match Group|\s*AuthorizedKeysCommandUser) (.+)$/gm)]
    const names = [server.writerName, ...named.flatMap(([, list = '']) => list.split(' '))]
    expect(names).toContain('_sftp-writers')
    for (const name of names) expect(name).toMatch(/^_/)
    expect(names.filter(isTenantId)).toEqual([])
  })

  test("the accounts of the system are not taken for a tenant's, whatever their numbers", async () => {
    const state = await mkdtemp(join(tmpdir(), 'tidemark-ids-'))
    await writeFile(join(state, 'ids'), 'nobody 65534\nacme 3001\nstaff 3002\n')
    const accepted = async (name: string) => (await accountsScript(state, 'is_tenant_name', name)).code === 0
    const names = ['nobody', 'root', 'daemon', 'staff', 'a..b', 'acme.', '_acme', '_sftp-writers', 'acme', 'Acme.EU']
    const answers = await Promise.all(names.map(accepted))
    await rm(state, { recursive: true })
    expect(answers).toEqual([false, false, false, false, false, false, false, false, true, true])
  })

  test("a tenant's number is one that nobody else on the machine has", async () => {
    const script = `
      echo 'acme 3000' >$SFTP_STATE/ids
      echo 'somebody:x:3001:3001::/:/bin/sh' >>/etc/passwd
      echo 'some:x:3002:' >>/etc/group
      source ${accounts}
      id_of globex
      id_of acme`
    expect(await onCopyOfEtc(script)).toBe('3003\n3000\n')
  })

  test('accounts of earlier releases get the names of this one, and other users of the machine keep theirs', async () => {
    const groups = await onCopyOfEtc(`
      mkdir -p $SFTP_STATE/authorized_keys && echo 'acme 3000' >$SFTP_STATE/ids
      echo 'its key' >$SFTP_STATE/authorized_keys/tidemark
      printf '%s:*:%s:%s::/:/usr/sbin/nologin\\n' tidemark 2000 2000 tidemark-keys 2001 2001 acme 3000 3000 >>/etc/passwd
      printf '%s:x:%s\\n' tidemark 2000: tidemark-keys 2001: sftp-writers 1998:tidemark sftp-tenants 1999:acme \
        sftp-keys 1997:tidemark-keys acme 3000: sftp-writers 1500:somebody >>/etc/group
      bash $(dirname ${accounts})/prepare.sh >/dev/null
      grep -E '(tidemark|sftp-|acme)' /etc/group
      grep -E '(tidemark|acme)' /etc/passwd
      cat $SFTP_STATE/authorized_keys/_tidemark`)
    expect(groups.trim().split('\n')).toEqual([
      'acme:x:3000:',
      'sftp-writers:x:1500:somebody',
      '_tidemark:x:2000:',
      '_tidemark-keys:x:2001:',
      '_sftp-keys:x:1997:_tidemark-keys',
      '_sftp-writers:x:1998:_tidemark',
      '_sftp-tenants:x:1999:acme',
      'acme:*:3000:3000::/:/usr/sbin/nologin',
      '_tidemark:*:2000:2000::/:/usr/sbin/nologin',
      '_tidemark-keys:*:2001:2001::/:/usr/sbin/nologin',
      'its key',
    ])
  })

  test('a placeholder for the password of its role is refused at start', async () => {
    const start = onCopyOfEtc(`
      mkdir -p $SFTP_STATE/authorized_keys
      PGHOST=db PGPASSWORD=change-me-too bash $(dirname ${accounts})/prepare.sh`)
    await expect(start).rejects.toThrow('PGPASSWORD is a placeholder')
  })

  test('the password of its role may come from a file', async () => {
    const service = await onCopyOfEtc(`
      mkdir -p $SFTP_STATE/authorized_keys && echo 'of # a / file' >$SFTP_STATE/password
      PGHOST=db PGPASSWORD_FILE=$SFTP_STATE/password bash $(dirname ${accounts})/prepare.sh
      cat $SFTP_STATE/pg_service.conf`)
    expect(service).toContain('\npassword=of # a / file\n')
  })

  test.each([
    ['a folder when its owner is about to be changed', 'chown', 'day/user.csv', 'mv day away && ln -s ../victims day'],
    ['a file when its mode is about to be changed', 'chmod', 'site.csv', 'ln -sf ../victims/site.csv site.csv'],
  ])('root follows no link that the writer puts in the place of %s', async (_what, program, victim, swap) => {
    const base = await mkdtemp(join(tmpdir(), 'tidemark-links-'))
    await chmod(base, 0o755)
    for (const path of ['folder/day', 'victims', 'programs']) await mkdir(join(base, path), { recursive: true })
    for (const path of ['day/user.csv', 'site.csv']) await writeFile(join(base, 'folder', path), 'rows')
    const file = join(base, 'victims', basename(victim))
    await writeFile(file, 'secret', { mode: 0o600 })
    // As if the writer had been faster.
    const script = `#!/bin/sh
      case "$*" in *${basename(victim)}*) (cd ${base}/folder && [ ! -h ${victim.split('/')[0]} ] && ${swap}) ;; esac
      exec /bin/${program} "$@"`
    await writeFile(join(base, 'programs', program), script, { mode: 0o755 })
    await accountsScript(base, 'eval', `PATH=${base}/programs:$PATH; give ${base}/folder 3000`)
    const { uid, mode } = await stat(file)
    const swapped = await readlink(join(base, 'folder', victim.split('/')[0] ?? ''))
    await rm(base, { recursive: true })
    expect({ uid, mode: mode & 0o777, swapped }).toEqual({
      uid: 0,
      mode: 0o600,
      swapped: expect.stringContaining('victims'),
    })
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
      await eventually('the log to say so', () =>
        ['tenants', 'keys'].every((what) => server.log().includes(`the database can't be asked for ${what}`)),
      )
      expect(server.log()).toContain('role "tidemark_sftp" is not permitted to log in')
      expect(await canLogIn(who.tenantId, key)).toBe(false)
      expect(await sftp.list('.')).toHaveLength(1)
      await askSftp(writer)
    } finally {
      await stores.query('ALTER ROLE tidemark_sftp LOGIN')
    }
    expect(await canLogIn(who.tenantId, key)).toBe(true)
    await eventually('the log to say so', () => server.log().includes('the database can be asked for tenants again'))
    await sftp.end()
  })

  test("a key in the operator's file logs in, also while the database can not be asked", async () => {
    const { who, key } = await tenantWithFile()
    const inFile = makeKey('-t', 'ed25519')
    expect(await canLogIn(who.tenantId, inFile)).toBe(false)
    await writeFile(join(server.folder, '../state/authorized_keys', who.tenantId), `${inFile.line}\n`)
    expect(await canLogIn(who.tenantId, inFile)).toBe(true)
    const sftp = await connectSftp(login(who.tenantId, inFile))
    await stores.query('ALTER ROLE tidemark_sftp NOLOGIN')
    try {
      expect(await canLogIn(who.tenantId, inFile)).toBe(true)
      expect(await canLogIn(who.tenantId, key)).toBe(false)
    } finally {
      await stores.query('ALTER ROLE tidemark_sftp LOGIN')
    }
    // The database has no such key; the session stays all the same.
    await tenantWithFile()
    expect(await sftp.list('.')).toHaveLength(1)
    await sftp.end()
  })

  test("a removed key's sessions end also while the database can't be asked for tenants", async () => {
    const { who, key, id } = await tenantWithFile()
    const sessions = await Promise.all([1, 2, 3].map(() => connectSsh(login(who.tenantId, key))))
    const ended = Promise.all(sessions.map((session) => closeOf(session)))
    await stores.query('REVOKE EXECUTE ON FUNCTION sftp_tenants() FROM tidemark_sftp')
    try {
      await eventually('the log to say so', () => server.log().includes('permission denied for function sftp_tenants'))
      await keys.remove(who, id)
      expect(await ended).toHaveLength(3)
    } finally {
      await stores.query('GRANT EXECUTE ON FUNCTION sftp_tenants() TO tidemark_sftp')
    }
  })

  test('a tenant has at most so many sessions, which keep no other tenant out', async () => {
    const [{ who, key }, other] = [await tenantWithFile(), await tenantWithFile()]
    const open: Awaited<ReturnType<typeof connectSsh>>[] = []
    while (open.length < sessionsOfOneTenant) open.push(await connectSsh(login(who.tenantId, key)))
    expect(await canLogIn(who.tenantId, key)).toBe(false)
    expect(await canLogIn(other.who.tenantId, other.key)).toBe(true)
    await eventually('the log to say so', () => server.log().includes(`${who.tenantId} was refused`))
    open.pop()?.end()
    await eventually('room for a session', () => canLogIn(who.tenantId, key))
    for (const session of open) session.end()
  })

  test('logins that come at the same time do not give a tenant more sessions than it may have', async () => {
    const { who, key } = await tenantWithFile()
    const attempts = Array.from({ length: 3 * sessionsOfOneTenant }, () =>
      connectSsh(login(who.tenantId, key)).catch(() => undefined),
    )
    const sessions = (await Promise.all(attempts)).filter((session) => session !== undefined)
    const number = (await server.run(`awk '$1 == "${who.tenantId}" { print $2 }' /mnt/state/ids`)).trim()
    const count = async () => Number(await server.run(`source /mnt/lib/sessions.sh; open_sessions ${number} | wc -l`))
    await eventually('the newest sessions to be ended', async () => (await count()) <= sessionsOfOneTenant)
    expect(sessions.length).toBeGreaterThanOrEqual(sessionsOfOneTenant)
    for (const session of sessions) session.end()
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
