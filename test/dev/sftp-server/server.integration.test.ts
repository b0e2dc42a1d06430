import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ssh2 from 'ssh2'
import type SftpClient from 'ssh2-sftp-client'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startSftpServer, type LocalSftpServer, type SftpAccount } from '../../../dev/sftp-server/index.js'
import { generateSshKeyPair } from '../../../dev/ssh-key.js'
import { closeOf } from '../../support/close-of.js'
import { commandAvailable } from '../../support/command-available.js'
import { makeKey, type TestKey } from '../../support/ssh-keys.js'
import {
  connectSftp,
  connectSsh,
  openRawSftp,
  packet,
  packetsOf,
  sftpBatch,
  uint32,
  type Login,
} from '../../support/sftp-clients.js'
import { sshFingerprint } from '../../../src/domain/ssh-fingerprint.js'

const run = promisify(execFile)
const writerKey = generateSshKeyPair()
const otherKey = generateSshKeyPair()

let folder: string
let root: string
let server: LocalSftpServer
let accounts: SftpAccount[]
let clients: SftpClient[] = []
let tenantKeys: Map<string, readonly string[]>
let keysAreAway: boolean

const start = (port = 0): Promise<LocalSftpServer> =>
  startSftpServer({
    rootFolder: root,
    hostKeyFile: join(folder, 'keys', 'host_key'),
    accounts: () => accounts,
    tenantKeys: async (tenantId) => {
      if (keysAreAway) throw new Error('the database is away')
      return tenantKeys.get(tenantId) ?? []
    },
    port,
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-sftp-server-'))
  root = join(folder, 'root')
  accounts = [
    { username: 'writer', password: 'write it', publicKeys: [writerKey.public], access: { kind: 'writer' } },
    { username: 'acme', password: 'read it', access: { kind: 'tenant', tenantId: 'acme' } },
    { username: 'globex', password: 'read this', access: { kind: 'tenant', tenantId: 'globex' } },
  ]
  tenantKeys = new Map()
  keysAreAway = false
  server = await start()
})

afterEach(async () => {
  await Promise.all(clients.map((each) => each.end()))
  clients = []
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const at = (login: Omit<Login, 'host' | 'port'>): Login => ({ host: server.host, port: server.port, ...login })
const asWriter = (): Login => at({ username: 'writer', privateKey: writerKey.private })
const asAcme = (): Login => at({ username: 'acme', password: 'read it' })

async function client(login: Login): Promise<SftpClient> {
  const connected = await connectSftp(login)
  clients.push(connected)
  return connected
}

async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), content)
}

/** The files below the root that this process, which is also the server, holds open. */
async function openFiles(): Promise<string[]> {
  const names = await readdir('/proc/self/fd')
  const targets = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')))
  return targets.filter((target) => target.startsWith(root))
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const names = async (sftp: SftpClient, path: string): Promise<string[]> =>
  (await sftp.list(path)).map(({ name }) => name).toSorted()

const hasKeygen = await commandAvailable('ssh-keygen', "the host key's fingerprint as ssh-keygen prints it")

describe('the host key', () => {
  test.runIf(hasKeygen)('has the fingerprint that ssh-keygen prints', async () => {
    const { stdout } = await run('ssh-keygen', ['-l', '-f', join(folder, 'keys', 'host_key')])
    expect(stdout.split(' ')[1]).toBe(server.hostKeyFingerprint)
  })

  test("is the owner's alone", async () => {
    expect((await stat(join(folder, 'keys', 'host_key'))).mode & 0o777).toBe(0o600)
  })

  test('is the one that clients are shown, also after a restart', async () => {
    const shown = async (): Promise<string> => {
      let key: Buffer = Buffer.alloc(0)
      const sftp = await connectSftp(asWriter(), { hostVerifier: (bytes: Buffer) => ((key = bytes), true) })
      await sftp.end()
      return sshFingerprint(createHash('sha256').update(key).digest('base64'))
    }
    const { port, hostKeyFingerprint } = server
    expect(await shown()).toBe(hostKeyFingerprint)
    await server.stop()
    server = await start(port)
    expect([server.port, server.hostKeyFingerprint, await shown()]).toEqual([
      port,
      hostKeyFingerprint,
      hostKeyFingerprint,
    ])
  })
})

describe('logging in', () => {
  test.each<[string, Omit<Login, 'host' | 'port'>]>([
    ['a wrong password', { username: 'acme', password: 'read  it' }],
    ['an empty password', { username: 'acme', password: '' }],
    ["another account's password", { username: 'acme', password: 'read this' }],
    ['an unknown account', { username: 'nobody', password: 'read it' }],
    ['a key of nobody', { username: 'writer', privateKey: otherKey.private }],
    ["another account's key", { username: 'acme', privateKey: writerKey.private }],
  ])('refuses %s', async (_what, login) => {
    await expect(connectSsh(at(login))).rejects.toThrow('All configured authentication methods failed')
  })

  test('refuses an empty password to an account that has none', async () => {
    accounts.push({ username: 'keyed', publicKeys: [otherKey.public], access: { kind: 'writer' } })
    await expect(connectSsh(at({ username: 'keyed', password: '' }))).rejects.toThrow('authentication methods failed')
    const sftp = await client(at({ username: 'keyed', privateKey: otherKey.private }))
    expect(await sftp.list('/')).toEqual([])
  })

  test('refuses a signature that is not by the offered key', async () => {
    const ssh = new ssh2.Client()
    onTestFinished(() => void ssh.end())
    const login = new Promise((resolve, reject) => {
      ssh.on('ready', () => resolve('let in')).on('error', reject)
      ssh.connect({ ...at({ username: 'writer' }), agent: new KeyThief() })
    })
    await expect(login).rejects.toThrow('All configured authentication methods failed')
    expect(KeyThief.signed).toBe(true)
  })

  test('ends a connection after six failed attempts', async () => {
    let attempts = 0
    const guessing = new Promise<void>((resolve) => {
      const ssh = new ssh2.Client().on('close', () => resolve()).on('error', () => undefined)
      const guess: ssh2.AuthHandlerMiddleware = (_left, _partial, next) => {
        attempts += 1
        next({ type: 'password', username: 'acme', password: `guess ${attempts}` })
      }
      ssh.connect({ ...at({ username: 'acme' }), authHandler: guess })
    })
    await guessing
    expect(attempts).toBeGreaterThanOrEqual(6)
    expect(attempts).toBeLessThanOrEqual(7)
  })

  test('knows a new account at once', async () => {
    accounts.push({ username: 'late', password: 'now', access: { kind: 'tenant', tenantId: 'late' } })
    expect(await names(await client(at({ username: 'late', password: 'now' })), '/exports')).toEqual(['late'])
  })

  test('lets nobody in whose tenant id would lead elsewhere', async () => {
    accounts.push({ username: 'dots', password: 'x', access: { kind: 'tenant', tenantId: '..' } })
    await expect(connectSsh(at({ username: 'dots', password: 'x' }))).rejects.toThrow('authentication methods failed')
  })

  test('gives SFTP and nothing else: no shell, command, terminal, forwarding', async () => {
    const ssh = await connectSsh(asWriter())
    onTestFinished(() => void ssh.end())
    const refusal = (ask: (done: (error: Error | undefined) => void) => void): Promise<string> =>
      new Promise((resolve) => ask((error) => resolve(error?.message ?? 'given')))
    expect(await refusal((done) => ssh.shell(false, done))).toContain('Unable to open shell')
    expect(await refusal((done) => ssh.exec('id', done))).toContain('Unable to exec')
    expect(await refusal((done) => ssh.exec('id', { pty: true }, done))).toContain(
      'Unable to request a pseudo-terminal',
    )
    expect(await refusal((done) => ssh.exec('id', { env: { A: 'b' } }, done))).toContain('Unable to')
    expect(await refusal((done) => ssh.subsys('netconf', done))).toContain('Unable to start subsystem')
    expect(await refusal((done) => ssh.forwardOut('127.0.0.1', 1, '127.0.0.1', server.port, done))).toContain(
      'open failure',
    )
    expect(await refusal((done) => ssh.forwardIn('127.0.0.1', 0, done))).toContain('Unable to bind')
  })
})

describe("a tenant's own keys", () => {
  const ed25519 = makeKey('-t', 'ed25519')
  const ended = (sftp: SftpClient) => new Promise((resolve) => sftp.on('close', () => resolve('ended')))
  const asKey = (username: string, { privateKey }: TestKey) => at({ username, privateKey })
  const refused = 'All configured authentication methods failed'

  test.each([
    ['ed25519', ed25519],
    ['ECDSA, 256 bits', makeKey('-t', 'ecdsa', '-b', '256')],
    ['ECDSA, 384 bits', makeKey('-t', 'ecdsa', '-b', '384')],
    ['ECDSA, 521 bits', makeKey('-t', 'ecdsa', '-b', '521')],
    ['RSA', makeKey('-t', 'rsa', '-b', '3072')],
  ])('log in: %s', async (_type, key) => {
    tenantKeys.set('acme', [otherKey.public, key.canonical])
    await put('exports/acme/f', 'mine')
    expect((await (await client(asKey('acme', key))).get('/exports/acme/f')).toString()).toBe('mine')
    await expect(connectSsh(asKey('globex', key))).rejects.toThrow(refused)
    await expect(connectSsh(asKey('writer', key))).rejects.toThrow(refused)
  })

  test('give a tenant an account that has no other', async () => {
    tenantKeys.set('initech', [ed25519.canonical])
    expect(await names(await client(asKey('initech', ed25519)), '/exports')).toEqual(['initech'])
  })

  test("never let in as the writer, also where a tenant has the writer's name", async () => {
    tenantKeys.set('writer', [ed25519.canonical])
    await expect(connectSsh(asKey('writer', ed25519))).rejects.toThrow(refused)
  })

  test('that are removed log in no more, and their open connections end; others stay', async () => {
    const second = makeKey('-t', 'ed25519')
    tenantKeys.set('acme', [ed25519.canonical, second.canonical])
    const [mine, other, byPassword] = [
      await client(asKey('acme', ed25519)),
      await client(asKey('acme', second)),
      await client(asAcme()),
    ]
    const end = ended(mine)
    tenantKeys.set('acme', [second.canonical])
    await expect(connectSsh(asKey('acme', ed25519))).rejects.toThrow(refused)
    expect(await end).toBe('ended')
    for (const sftp of [other, byPassword]) expect(await names(sftp, '/exports')).toEqual(['acme'])
  })

  test("can't log in while nobody can be asked for them, and what is open stays", async () => {
    tenantKeys.set('acme', [ed25519.canonical])
    const sftp = await client(asKey('acme', ed25519))
    keysAreAway = true
    await expect(connectSsh(asKey('acme', ed25519))).rejects.toThrow(refused)
    expect(await names(sftp, '/exports')).toEqual(['acme'])
    const end = ended(sftp)
    tenantKeys.delete('acme')
    keysAreAway = false
    expect(await end).toBe('ended')
  })
})

describe('the writer', () => {
  test('uploads, replaces by rename, lists and removes', async () => {
    const sftp = await client(asWriter())
    await sftp.mkdir('/exports/acme/2026', true)
    await sftp.put(Buffer.from('old'), '/exports/acme/2026/user.csv')
    await sftp.put(Buffer.from('new'), '/exports/acme/2026/.user.csv.part')
    await sftp.rename('/exports/acme/2026/.user.csv.part', '/exports/acme/2026/user.csv')
    expect(await readFile(join(root, 'exports/acme/2026/user.csv'), 'utf8')).toBe('new')
    expect(await sftp.list('/exports/acme/2026')).toMatchObject([{ name: 'user.csv', type: '-', size: 3 }])
    await sftp.delete('/exports/acme/2026/user.csv')
    await sftp.rmdir('/exports/acme/2026')
    expect(await readdir(join(root, 'exports/acme'))).toEqual([])
  })

  test('keeps the old bytes for a reader who has the replaced file open', async () => {
    const sftp = await client(asWriter())
    await put('exports/f', 'old')
    const reader = await openHandle('/exports/f')
    await sftp.put(Buffer.from('new'), '/exports/.f.part')
    await sftp.rename('/exports/.f.part', '/exports/f')
    expect((await reader()).toString()).toBe('old')
    expect((await sftp.get('/exports/f')).toString()).toBe('new')
  })

  test('moves 30 MB both ways, byte for byte', async () => {
    const bytes = randomBytes(30 * 1024 * 1024 + 17)
    const sftp = await client(asWriter())
    await writeFile(join(folder, 'local'), bytes)
    await sftp.fastPut(join(folder, 'local'), '/fast')
    await sftp.put(bytes, '/plain')
    expect(sha256(await readFile(join(root, 'fast')))).toBe(sha256(bytes))
    expect(sha256(await readFile(join(root, 'plain')))).toBe(sha256(bytes))
    await sftp.fastGet('/fast', join(folder, 'back'))
    expect(sha256(await readFile(join(folder, 'back')))).toBe(sha256(bytes))
    expect(sha256((await sftp.get('/fast')) as Buffer)).toBe(sha256(bytes))
  })

  test('honours the flags of OPEN', async () => {
    const sftp = await client(asWriter())
    await sftp.put(Buffer.from('one'), '/f')
    await sftp.append(Buffer.from(' two'), '/f')
    expect(await readFile(join(root, 'f'), 'utf8')).toBe('one two')
    const [writeOnly, exclusively] = [0x02, 0x02 | 0x08 | 0x20]
    expect(await rawStatus(asWriter(), packet(3, 1, '/f', exclusively, 0))).toBe(4)
    const write = packet(6, 2, uint32(1), 0, 0, 'XX')
    expect(await rawStatus(asWriter(), packet(3, 1, '/f', writeOnly, 0), write)).toBe(0)
    expect(await readFile(join(root, 'f'), 'utf8')).toBe('XXe two')
    await sftp.put(Buffer.from('x'), '/f')
    expect(await readFile(join(root, 'f'), 'utf8')).toBe('x')
  })

  test('sets modes, but never more than permissions', async () => {
    const sftp = await client(asWriter())
    await sftp.put(Buffer.from('x'), '/f')
    await sftp.chmod('/f', 0o6640)
    expect((await stat(join(root, 'f'))).mode & 0o7777).toBe(0o640)
  })

  test('lists a folder of 1,000 files', async () => {
    const expected = Array.from({ length: 1000 }, (_, index) => `file-${String(index).padStart(4, '0')}`)
    await Promise.all(expected.map((name) => put(`many/${name}`, '')))
    expect(await names(await client(asWriter()), '/many')).toEqual(expected)
  })

  test('can neither leave its folder nor remove it', async () => {
    await writeFile(join(folder, 'outside'), 'secret')
    await symlink(folder, join(root, 'exit'))
    await symlink(join(folder, 'outside'), join(root, 'leak'))
    const sftp = await client(asWriter())
    await expect(sftp.get('/../outside')).rejects.toThrow('No such file')
    await expect(sftp.get('/exit/outside')).rejects.toThrow('No such file')
    await expect(sftp.get('/leak')).rejects.toThrow('Failure')
    await expect(sftp.put(Buffer.from('x'), '/exit/planted')).rejects.toThrow('No such file')
    await expect(sftp.rmdir('/')).rejects.toThrow('Permission denied')
    await expect(sftp.rename('/', '/x')).rejects.toThrow('Permission denied')
    expect((await readdir(folder)).toSorted()).toEqual(['keys', 'outside', 'root'])
  })
})

describe('a tenant', () => {
  beforeEach(async () => {
    await put('exports/acme/2026/11/23/user/user.csv', 'a,b\n1,2\n')
    await put('exports/acme/2026/11/23/user/.user.csv.part', 'a,b\n1')
    await put('exports/globex/2026/11/23/user/user.csv', 'not yours')
    await put('other.txt', 'not yours')
  })

  test('sees its own exports and nothing else', async () => {
    const sftp = await client(asAcme())
    expect(await names(sftp, '/')).toEqual(['exports'])
    expect(await names(sftp, '/exports')).toEqual(['acme'])
    expect(await names(sftp, '/exports/acme/2026/11/23/user')).toEqual(['user.csv'])
    expect((await sftp.get('/exports/acme/2026/11/23/user/user.csv')).toString()).toBe('a,b\n1,2\n')
    expect(await sftp.realPath('.')).toBe('/')
    expect(await sftp.realPath('/exports/acme/../../..')).toBe('/')
    expect(await sftp.stat('/exports')).toMatchObject({ isDirectory: true })
  })

  test.each([
    '/other.txt',
    '/exports/globex/2026/11/23/user/user.csv',
    '/exports/acme/../globex/2026/11/23/user/user.csv',
    '/../../../../../../etc/passwd',
    '/exports/acme/2026/11/23/user/.user.csv.part',
  ])('does not find %s', async (path) => {
    const sftp = await client(asAcme())
    await expect(sftp.get(path)).rejects.toThrow('No such file')
    await expect(sftp.stat(path)).rejects.toThrow('No such file')
    await expect(sftp.list(path)).rejects.toThrow('No such file')
  })

  test('may change nothing', async () => {
    const sftp = await client(asAcme())
    const own = '/exports/acme/2026/11/23/user/user.csv'
    const attempts: Record<string, () => Promise<unknown>> = {
      put: () => sftp.put(Buffer.from('x'), '/exports/acme/new.csv'),
      overwrite: () => sftp.put(Buffer.from('x'), own),
      append: () => sftp.append(Buffer.from('x'), own),
      delete: () => sftp.delete(own),
      rename: () => sftp.rename(own, '/exports/acme/mine.csv'),
      mkdir: () => sftp.mkdir('/exports/acme/folder'),
      rmdir: () => sftp.rmdir('/exports/acme/2026/11/23/user'),
      chmod: () => sftp.chmod(own, 0o777),
    }
    for (const [what, attempt] of Object.entries(attempts)) {
      await expect(attempt(), what).rejects.toThrow('Permission denied')
    }
    const requests = {
      'open to read and write': packet(3, 1, own, 0x03, 0),
      'open to truncate': packet(3, 1, own, 0x01 | 0x10, 0),
      symlink: packet(20, 1, '/exports/globex', '/exports/acme/link'),
      'posix-rename': packet(200, 1, 'posix-rename@openssh.com', own, '/exports/acme/mine.csv'),
    }
    for (const [what, request] of Object.entries(requests)) expect(await rawStatus(asAcme(), request), what).toBe(3)
    expect(await readFile(join(root, own), 'utf8')).toBe('a,b\n1,2\n')
    expect(await readdir(join(root, 'exports/acme'))).toEqual(['2026'])
  })

  test('may not write through a handle that it opened for reading', async () => {
    const open = packet(3, 1, '/exports/acme/2026/11/23/user/user.csv', 1, 0)
    const write = packet(6, 2, uint32(1), 0, 0, 'x')
    const setSize = packet(10, 3, uint32(1), 1, 0, 0)
    expect(await rawStatus(asAcme(), open, write)).toBe(3)
    expect(await rawStatus(asAcme(), open, setSize)).toBe(3)
  })

  test('is not led out by links that lie on disk', async () => {
    const [own, foreign] = [join(root, 'exports/acme'), join(root, 'exports/globex')]
    await symlink(foreign, join(own, 'folder'))
    await symlink(join(foreign, '2026/11/23/user/user.csv'), join(own, 'file.csv'))
    await symlink('/etc/passwd', join(own, 'passwd'))
    const sftp = await client(asAcme())
    expect(await names(sftp, '/exports/acme')).toEqual(['2026'])
    for (const path of ['folder', 'folder/2026', 'folder/2026/11/23/user/user.csv', 'file.csv', 'passwd']) {
      await expect(sftp.get(`/exports/acme/${path}`), path).rejects.toThrow('No such file')
      await expect(sftp.stat(`/exports/acme/${path}`), path).rejects.toThrow('No such file')
      await expect(sftp.list(`/exports/acme/${path}`), path).rejects.toThrow('No such file')
    }
  })

  test("is not led into another tenant's folder by a link in place of its own", async () => {
    await rm(join(root, 'exports/acme'), { recursive: true })
    await symlink(join(root, 'exports/globex'), join(root, 'exports/acme'))
    const sftp = await client(asAcme())
    await expect(sftp.list('/exports/acme')).rejects.toThrow('No such file')
    await expect(sftp.get('/exports/acme/2026/11/23/user/user.csv')).rejects.toThrow('No such file')
  })

  test.each(['exports/acme', 'exports'])('sees an empty folder where %s does not exist yet', async (missing) => {
    await rm(join(root, missing), { recursive: true })
    const sftp = await client(asAcme())
    expect(await names(sftp, '/exports')).toEqual(['acme'])
    expect(await names(sftp, '/exports/acme')).toEqual([])
    expect(await sftp.exists('/exports/acme')).toBe('d')
    await expect(sftp.list('/exports/acme/2026')).rejects.toThrow('No such file')
  })
})

const sftpCommand = await commandAvailable('sftp', "tests with OpenSSH's client")

describe.runIf(sftpCommand)("OpenSSH's sftp command", () => {
  const batch = async (login: Login, ...commands: string[]) => {
    const { stdout } = await run('ssh-keygen', ['-y', '-f', join(folder, 'keys', 'host_key')])
    return sftpBatch(login, stdout.trim(), commands)
  }

  test('uploads, replaces, lists and removes as the writer', async () => {
    const bytes = randomBytes(3 * 1024 * 1024 + 5)
    await writeFile(join(folder, 'local'), bytes)
    const result = await batch(
      asWriter(),
      'mkdir /exports',
      'mkdir /exports/acme',
      `put ${join(folder, 'local')} /exports/acme/.big.part`,
      `put ${join(folder, 'local')} /exports/acme/big`,
      'rename /exports/acme/.big.part /exports/acme/big',
      'chmod 600 /exports/acme/big',
      'ls -la /exports/acme',
    )
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toMatch(new RegExp(`^-rw------- .* ${bytes.length} .* big$`, 'm'))
    expect(sha256(await readFile(join(root, 'exports/acme/big')))).toBe(sha256(bytes))
    expect(await readdir(join(root, 'exports/acme'))).toEqual(['big'])
    expect(await batch(asWriter(), 'rm /exports/acme/big', 'rmdir /exports/acme')).toMatchObject({ code: 0 })
    expect(await readdir(join(root, 'exports'))).toEqual([])
  })

  test('fetches everything of a tenant, by password, and nothing else', async () => {
    const bytes = randomBytes(1024 * 1024 + 1)
    await put('exports/acme/2026/11/23/user/user.csv', bytes)
    await put('exports/acme/2026/11/23/user/.user.csv.part', 'half')
    await put('exports/globex/x.csv', 'not yours')
    await mkdir(join(folder, 'got'))
    const result = await batch(
      asAcme(),
      'cd exports',
      'ls -l acme/2026/11/23/user',
      `get -r acme ${join(folder, 'got')}`,
    )
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toMatch(/^-r--r--r-- .* 1048577 .* user\.csv$/m)
    const got = await readdir(join(folder, 'got'), { recursive: true, withFileTypes: true })
    expect(got.filter((each) => each.isFile()).map((each) => each.name)).toEqual(['user.csv'])
    const file = join(folder, 'got', 'acme/2026/11/23/user/user.csv')
    expect(sha256(await readFile(file))).toBe(sha256(bytes))
  })

  test.each([
    ['RSA', makeKey('-t', 'rsa', '-b', '3072')],
    ['ECDSA, 521 bits', makeKey('-t', 'ecdsa', '-b', '521')],
  ])("logs in with a tenant's own key, and is shut out with it: %s", async (_type, key) => {
    await put('exports/acme/user.csv', 'x')
    tenantKeys.set('acme', [key.canonical])
    const asOwn = at({ username: 'acme', privateKey: key.privateKey })
    expect(await batch(asOwn, 'ls /exports/acme')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('user.csv'),
    })
    tenantKeys.delete('acme')
    expect((await batch(asOwn, 'ls /exports/acme')).stderr).toContain('Permission denied')
  })

  test.each([
    'put /etc/hostname /exports/acme/x',
    'rm /exports/acme/user.csv',
    'rename /exports/acme/user.csv /exports/acme/y',
    'mkdir /exports/acme/z',
    'chmod 777 /exports/acme/user.csv',
    'ln -s /exports/globex /exports/acme/l',
  ])('is refused as a tenant: %s', async (command) => {
    await put('exports/acme/user.csv', 'x')
    const result = await batch(asAcme(), command)
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/permission denied/i)
    expect(await readdir(join(root, 'exports/acme'))).toEqual(['user.csv'])
  })
})

describe('clients that misbehave', () => {
  test('closes the files of a client that vanishes', async () => {
    await put('f', 'x')
    const ssh = await connectSsh(asWriter())
    const channel = await openRawSftp(ssh)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3)]))
    for (let id = 1; id <= 10; id += 1) channel.write(packet(3, id, '/f', 1, 0))
    await vi.waitFor(async () => expect(await openFiles()).toHaveLength(10), { timeout: 10_000 })
    ssh.destroy()
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]), { timeout: 10_000 })
  })

  test('closes the files of a channel that ends while its connection stays', async () => {
    await put('f', 'x')
    const ssh = await connectSsh(asWriter())
    onTestFinished(() => void ssh.end())
    const channel = await openRawSftp(ssh)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), packet(3, 1, '/f', 1, 0)]))
    await vi.waitFor(async () => expect(await openFiles()).toHaveLength(1), { timeout: 10_000 })
    const closed = closeOf(channel.resume())
    channel.end()
    await closed
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]), { timeout: 10_000 })
  })

  test('opens no more than 256 handles for one channel, and bears with unknown ones', async () => {
    await put('f', 'x')
    const opens = Array.from({ length: 257 }, (_, index) => packet(3, index, '/f', 1, 0))
    expect(await rawStatus(asWriter(), ...opens)).toBe(4)
    expect(await rawStatus(asWriter(), packet(4, 1, uint32(99)))).toBe(4)
    expect(await rawStatus(asWriter(), packet(5, 1, 'no handle of ours', 0, 0, 10))).toBe(4)
    expect(await rawStatus(asWriter(), packet(12, 1, ''))).toBe(4)
  })

  test.each<[string, Buffer]>([
    ['a packet of unknown type', packet(99, 1)],
    ['a packet that is too long', uint32(0x7fffffff)],
    ['a packet of a negative length', Buffer.concat([uint32(0xffffffff), Buffer.of(3)])],
    ['a packet without content', uint32(0)],
    ['a string that ends too late', Buffer.concat([uint32(13), Buffer.of(17), uint32(1), uint32(1000), uint32(0)])],
    ['noise', randomBytes(4096)],
  ])('ends a connection that sends %s, and serves the next one', async (_what, bytes) => {
    const ssh = await connectSsh(asWriter())
    const closed = closeOf(ssh)
    const channel = await openRawSftp(ssh)
    channel.on('error', () => undefined)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), bytes]))
    await closed
    expect(await names(await client(asWriter()), '/')).toEqual([])
  })

  test('survives what is not SSH at all', async () => {
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), randomBytes(100_000), Buffer.alloc(0)]) {
      const socket = connect(server.port, server.host).on('error', () => undefined)
      await once(socket, 'connect')
      socket.end(bytes).resume()
      await closeOf(socket)
    }
    expect(await names(await client(asWriter()), '/')).toEqual([])
  })

  test('drops a client that asks for data and never takes it', async () => {
    await put('f', Buffer.alloc(1024 * 1024))
    const ssh = await connectSsh(asWriter())
    const closed = closeOf(ssh)
    const channel = await openRawSftp(ssh)
    channel.on('error', () => undefined)
    channel.pause()
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), packet(3, 1, '/f', 1, 0)]))
    const reads = Array.from({ length: 2000 }, (_, index) => packet(5, index, uint32(1), 0, 0, 255 * 1024))
    channel.write(Buffer.concat(reads))
    await closed
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]), { timeout: 10_000 })
  })

  test('answers a path with a NUL, and one that is far too long', async () => {
    expect(await rawStatus(asWriter(), packet(17, 1, '/a\0b'))).toBe(4)
    expect(await rawStatus(asWriter(), packet(17, 1, `/${'x'.repeat(5000)}`))).toBe(4)
  })
})

describe("OpenSSH's extensions", () => {
  test('renames and syncs for clients that ask without being offered it', async () => {
    await put('old', 'old')
    await put('new', 'new')
    expect(await rawStatus(asWriter(), packet(200, 1, 'posix-rename@openssh.com', '/new', '/old'))).toBe(0)
    expect(await readFile(join(root, 'old'), 'utf8')).toBe('new')
    const sync = packet(200, 2, 'fsync@openssh.com', uint32(1))
    expect(await rawStatus(asWriter(), packet(3, 1, '/old', 1, 0), sync)).toBe(0)
    expect(await rawStatus(asWriter(), packet(200, 1, 'statvfs@openssh.com', '/'))).toBe(8)
    expect(await rawStatus(asWriter(), packet(200, 1, 'posix-rename@openssh.com', Buffer.alloc(0)))).toBe(8)
  })
})

describe('stopping', () => {
  test('ends connections, also silent ones, and closes every file', async () => {
    await put('f', 'x')
    const silent = connect(server.port, server.host).on('error', () => undefined)
    await once(silent.resume(), 'connect')
    const ssh = await connectSsh(asWriter())
    const channel = await openRawSftp(ssh)
    channel.write(Buffer.concat([uint32(5), Buffer.of(1), uint32(3), packet(3, 1, '/f', 3, 0)]))
    await vi.waitFor(async () => expect(await openFiles()).toHaveLength(1), { timeout: 10_000 })
    const ended = Promise.all([closeOf(silent), closeOf(ssh)])
    await server.stop()
    expect(await openFiles()).toEqual([])
    await ended
    await expect(connectSsh(asWriter())).rejects.toThrow('ECONNREFUSED')
  })
})

/** Offers the writer's public key, and signs with another. */
class KeyThief extends ssh2.BaseAgent {
  static signed = false

  override getIdentities(callback: (error: Error | undefined, keys: string[]) => void): void {
    callback(undefined, [writerKey.public])
  }

  override sign(key: unknown, data: Buffer, options: ssh2.SigningRequestOptions, callback?: ssh2.SignCallback): void
  override sign(key: unknown, data: Buffer, callback: ssh2.SignCallback): void
  override sign(_key: unknown, data: Buffer, ...rest: unknown[]): void {
    const key = ssh2.utils.parseKey(otherKey.private)
    if (key instanceof Error) throw key
    const callback = rest.at(-1) as ssh2.SignCallback
    KeyThief.signed = true
    callback(undefined, key.sign(data))
  }
}

/** Opens a file for reading; the returned function reads it. */
async function openHandle(path: string): Promise<() => Promise<Buffer>> {
  const ssh = await connectSsh(asWriter())
  onTestFinished(() => void ssh.end())
  const sftp = await new Promise<ssh2.SFTPWrapper>((resolve, reject) =>
    ssh.sftp((error, opened) => (error ? reject(error) : resolve(opened))),
  )
  const handle = await new Promise<Buffer>((resolve, reject) =>
    sftp.open(path, 'r', (error, opened) => (error ? reject(error) : resolve(opened))),
  )
  const buffer = Buffer.alloc(1000)
  return () =>
    new Promise((resolve, reject) =>
      sftp.read(handle, buffer, 0, 1000, 0, (error, count) =>
        error ? reject(error) : resolve(buffer.subarray(0, count)),
      ),
    )
}

/** The status in the answer to the last of some requests on a channel of its own; handles are numbered from 1. */
async function rawStatus(login: Login, ...requests: Buffer[]): Promise<number> {
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
