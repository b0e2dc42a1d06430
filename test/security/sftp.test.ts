import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type SftpClient from 'ssh2-sftp-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acmeKey, type AttackedSftp, fileOf, globexKey, startDeployed, startEmbedded } from './support/attacked-sftp.js'
import { describeWithDeployedSftp } from '../support/sftp/deployed-sftp.js'
import { eventually } from '../support/eventually.js'
import { noteInput } from './support/inputs.js'
import { connectSftp, connectSsh, type Login } from '../support/sftp/sftp-clients.js'
import { answerTo, EmptyAgent, flood, neverRead, outputOf, withSftp, withSsh } from './support/ssh-attacks.js'

function attacks(name: string, start: () => Promise<AttackedSftp>): void {
  let server: AttackedSftp
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const login = (username: string, how: Partial<Login>): Login => ({
    host: server.host,
    port: server.port,
    username,
    // Asks for what only OpenSSH has of any server.
    strictVendor: false,
    ...how,
  })
  const asAcme = () => login('acme', { privateKey: acmeKey.privateKey })
  const tree = async () => (await readdir(server.folder, { recursive: true })).toSorted()
  const note = (input: string, answer: string) => noteInput(`${name}: ${input}`, answer)

  async function withClient<T>(use: (sftp: SftpClient) => Promise<T>): Promise<T> {
    const sftp = await connectSftp(asAcme())
    try {
      return await use(sftp)
    } finally {
      await sftp.end()
    }
  }
  const goodClient = () => withClient(async (sftp) => (await sftp.get(fileOf('acme'))).toString())

  test.each<[string, string, Partial<Login>]>([
    ['a wrong password', 'acme', { password: 'wrong' }],
    ['an empty password', 'acme', { password: '' }],
    ["another tenant's key", 'acme', { privateKey: globexKey.privateKey }],
    ["a tenant's key for the writer's account", 'tidemark', { privateKey: acmeKey.privateKey }],
    ["a tenant's key for root", 'root', { privateKey: acmeKey.privateKey }],
    ["a tenant's key for a name with a path", '../acme', { privateKey: acmeKey.privateKey }],
    ["a tenant's key for a name with SQL", "acme' OR ''='", { privateKey: acmeKey.privateKey }],
    ["a tenant's key for a name of 300 characters", 'a'.repeat(300), { privateKey: acmeKey.privateKey }],
  ])('a login with %s is refused', async (input, username, how) => {
    const answer = await answerTo(() => connectSsh(login(username, how)))
    note(input, answer)
    expect(answer).toMatch(/authentication methods failed/)
    expect(await goodClient()).toBe('mine')
  })

  test.each([
    ["another tenant's file", fileOf('globex')],
    ["another tenant's folder", '/exports/globex'],
    ['out by ..', '/exports/acme/../globex'],
    ['out by .. to the system', '/exports/acme/../../../../../../etc/passwd'],
    ['the system', '/etc/passwd'],
    ['out by %2e%2e%2f', '/exports/acme/%2e%2e%2fglobex'],
    ['out by backslashes', '/exports/acme\\..\\globex'],
    ['a path with CR LF', '/exports/acme\r\n/../globex'],
    ['a path of 5,000 characters', `/exports/acme/${'x'.repeat(5000)}`],
    ['a name of a home', '~globex'],
  ])('a tenant that asks for %s gets nothing', async (input, path) => {
    const answers = await withClient(async (sftp) => [
      await answerTo(() => sftp.get(path)),
      await answerTo(() => sftp.list(path)),
      await answerTo(() => sftp.stat(path)),
    ])
    note(input, answers[0] ?? '')
    for (const answer of answers) expect(answer).toMatch(/No such file|Failure|failure|Bad message/)
    expect(await goodClient()).toBe('mine')
  })

  test.each([
    ['a link to another tenant that somebody planted', () => join(server.acmeFolder, '../globex')],
    ['a link to the system', () => '/etc'],
    ['a link upwards', () => '../../..'],
    ['a link to a file of the system', () => '/etc/passwd'],
  ])('%s is not followed', async (input, target) => {
    const link = join(server.acmeFolder, 'planted')
    await symlink(target(), link)
    try {
      const answers = await withClient(async (sftp) => [
        await answerTo(async () => (await sftp.list('/exports/acme/planted')).map((each) => each.name)),
        await answerTo(() => sftp.get('/exports/acme/planted')),
        await answerTo(() => sftp.get('/exports/acme/planted/passwd')),
        await answerTo(() => sftp.get('/exports/acme/planted/2026/11/25/user/user.csv')),
      ])
      note(input, answers[0] ?? '')
      // Upwards leads to the tenant's own root at the most, which holds nothing of anybody else's.
      for (const answer of answers) expect(answer).toMatch(/No such file|Failure|failure|regular file|^done: exports$/)
    } finally {
      await rm(link)
    }
  })

  test('a tenant can change nothing', async () => {
    const before = await tree()
    const [own, other] = [fileOf('acme'), '/exports/acme/other']
    const attempts: Record<
      string,
      Parameters<Parameters<typeof withSftp>[1]>[0] extends infer Ask ? (ask: Ask) => Promise<unknown> : never
    > = {
      'a new file': (ask) => ask((sftp, done) => sftp.open(other, 'w', done)),
      'writing over a file': (ask) => ask((sftp, done) => sftp.open(own, 'r+', done)),
      appending: (ask) => ask((sftp, done) => sftp.open(own, 'a', done)),
      deleting: (ask) => ask((sftp, done) => sftp.unlink(own, done)),
      renaming: (ask) => ask((sftp, done) => sftp.rename(own, other, done)),
      mkdir: (ask) => ask((sftp, done) => sftp.mkdir(other, done)),
      rmdir: (ask) => ask((sftp, done) => sftp.rmdir('/exports/acme/2026', done)),
      setstat: (ask) => ask((sftp, done) => sftp.chmod(own, 0o777, done)),
      'a time of its own': (ask) => ask((sftp, done) => sftp.utimes(own, 1, 1, done)),
      chown: (ask) => ask((sftp, done) => sftp.chown(own, 0, 0, done)),
      'fsetstat on a file that is open for reading': async (ask) => {
        const handle = await ask<Buffer>((sftp, done) => sftp.open(own, 'r', done))
        return ask((sftp, done) => sftp.fchmod(handle, 0o777, done))
      },
      'writing to a file that is open for reading': async (ask) => {
        const handle = await ask<Buffer>((sftp, done) => sftp.open(own, 'r', done))
        return ask((sftp, done) => sftp.write(handle, Buffer.from('x'), 0, 1, 0, done))
      },
      symlink: (ask) => ask((sftp, done) => sftp.symlink('/exports/globex', other, done)),
      'posix-rename': (ask) => ask((sftp, done) => sftp.ext_openssh_rename(own, other, done)),
      hardlink: (ask) => ask((sftp, done) => sftp.ext_openssh_hardlink(own, other, done)),
    }
    for (const [what, attempt] of Object.entries(attempts)) {
      const answer = await answerTo(() => withSftp(asAcme(), attempt as never))
      note(`as a tenant: ${what}`, answer)
      expect(answer).toMatch(/Permission denied|Operation unsupported|does not support|Failure|Invalid handle/i)
      expect(answer).not.toMatch(/^done/)
    }
    expect(await tree()).toEqual(before)
    expect(await readFile(join(server.acmeFolder, '2026/11/25/user/user.csv'), 'utf8')).toBe('mine')
  })

  test('a tenant gets nothing but SFTP', async () => {
    const runs = (open: Parameters<typeof outputOf>[0]) => answerTo(() => outputOf(open))
    const attempts: Record<string, (ssh: Awaited<ReturnType<typeof connectSsh>>) => Promise<string>> = {
      'a shell': (ssh) => runs((done) => ssh.shell(false, done)),
      'a command': (ssh) => runs((done) => ssh.exec('echo pwned-$((1+1))', done)),
      'a command with a terminal': (ssh) => runs((done) => ssh.exec('echo pwned-$((1+1))', { pty: true }, done)),
      'the agent': (ssh) => runs((done) => ssh.exec('echo pwned-$((1+1))', { agentForward: true } as never, done)),
      'another subsystem': (ssh) => runs((done) => ssh.subsys('netconf', done)),
      X11: (ssh) => runs((done) => ssh.exec('xeyes', { x11: true }, done)),
      'a port of the server’s network': (ssh) =>
        runs((done) => ssh.forwardOut('127.0.0.1', 1, '127.0.0.1', server.port, done)),
      'a socket of the server': (ssh) => runs((done) => ssh.openssh_forwardOutStreamLocal('/run/docker.sock', done)),
      'listening on the server': (ssh) =>
        answerTo(
          () =>
            new Promise((resolve, reject) =>
              ssh.forwardIn('127.0.0.1', 0, (error, port) => (error ? reject(error) : resolve(port))),
            ),
        ),
      'the environment': (ssh) => runs((done) => ssh.exec('env', { env: { LD_PRELOAD: '/tmp/x.so' } }, done)),
    }
    const withAgent = (): Login => ({ ...asAcme(), agent: new EmptyAgent(), agentForward: true })
    for (const [what, attempt] of Object.entries(attempts)) {
      const answer = await withSsh(what === 'the agent' ? withAgent() : asAcme(), attempt)
      // Where SFTP is forced, whatever was asked for becomes SFTP, to which our words are noise.
      note(what, answer === 'done: ' ? 'SFTP in its place, which ends' : answer)
      expect(answer).not.toMatch(/pwned-2|uid=|LD_PRELOAD=/)
      expect(answer).toMatch(
        /^done: $|allows sftp connections only|Unable|open failure|refused|prohibited|not permitted|failed/,
      )
    }
    expect(await goodClient()).toBe('mine')
  })

  test('1,000 connections that say nothing do not keep a good client out', async () => {
    const crowd = await flood(server, 1_000)
    const held = crowd.held()
    await crowd.end()
    let tries = 0
    await eventually('a good client to get in', () => {
      tries += 1
      return goodClient().then(
        (content) => content === 'mine',
        () => false,
      )
    })
    note('1,000 connections that say nothing', `${held} held at once; then a good client got in, at try ${tries}`)
    expect(held).toBeLessThanOrEqual(100)
  })

  test('a client that never reads does not delay other clients', async () => {
    const size = 1024 * 1024
    await writeFile(join(server.acmeFolder, 'large'), Buffer.alloc(size))
    let most = 0
    const sampling = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 10)
    const before = process.memoryUsage().arrayBuffers
    const client = await neverRead(asAcme(), '/exports/acme/large', 500)
    // Served or not, it must keep nobody else from being served.
    for (let times = 0; times < 5; times += 1) expect(await goodClient()).toBe('mine')
    client.end()
    await client.closed
    clearInterval(sampling)
    const grown = Math.max(0, most - before) / 1_000_000
    note('a client that asks for 500 MB and reads nothing', `others are served; ${grown.toFixed(0)} MB in this process`)
    expect(grown).toBeLessThan(250)
    await rm(join(server.acmeFolder, 'large'))
  })
}

describe('the embedded server', () => {
  attacks('embedded', startEmbedded)
})
await describeWithDeployedSftp('the OpenSSH server of deploy/sftp', () => {
  attacks('OpenSSH', startDeployed)
})
