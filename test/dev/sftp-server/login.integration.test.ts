import ssh2 from 'ssh2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectSsh, type Login } from '../../support/sftp/sftp-clients.js'
import {
  asWriter,
  accounts,
  at,
  client,
  names,
  otherKey,
  server,
  useSftpServer,
  writerKey,
} from '../support/sftp-server.js'

useSftpServer()

describe('logging in', () => {
  test.each<[string, Omit<Login, 'host' | 'port'>]>([
    ['a wrong password', { username: 'acme', password: 'read  it' }],
    ['an empty password', { username: 'acme', password: '' }],
    ["another account's password", { username: 'acme', password: 'read this' }],
    ['an unknown account', { username: 'nobody', password: 'read it' }],
    ['an unknown key', { username: 'writer', privateKey: otherKey.private }],
    ["another account's key", { username: 'acme', privateKey: writerKey.private }],
  ])('the embedded server refuses %s', async (_what, login) => {
    await expect(connectSsh(at(login))).rejects.toThrow('All configured authentication methods failed')
  })

  test('the embedded server refuses an empty password for an account without a password', async () => {
    accounts.push({ username: 'keyed', publicKeys: [otherKey.public], access: { kind: 'writer' } })
    await expect(connectSsh(at({ username: 'keyed', password: '' }))).rejects.toThrow('authentication methods failed')
    const sftp = await client(at({ username: 'keyed', privateKey: otherKey.private }))
    expect(await sftp.list('/')).toEqual([])
  })

  test('the embedded server refuses a signature that is not by the offered key', async () => {
    const ssh = new ssh2.Client()
    onTestFinished(() => void ssh.end())
    const login = new Promise((resolve, reject) => {
      ssh.on('ready', () => resolve('let in')).on('error', reject)
      ssh.connect({ ...at({ username: 'writer' }), agent: new KeyThief() })
    })
    await expect(login).rejects.toThrow('All configured authentication methods failed')
    expect(KeyThief.signed).toBe(true)
  })

  test('the embedded server ends a connection after six failed attempts', async () => {
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

  test('a new account can log in at once', async () => {
    accounts.push({ username: 'late', password: 'now', access: { kind: 'tenant', tenantId: 'late' } })
    expect(await names(await client(at({ username: 'late', password: 'now' })), '/exports')).toEqual(['late'])
  })

  test('a tenant whose id would lead out of its folder cannot log in', async () => {
    accounts.push({ username: 'dots', password: 'x', access: { kind: 'tenant', tenantId: '..' } })
    await expect(connectSsh(at({ username: 'dots', password: 'x' }))).rejects.toThrow('authentication methods failed')
  })

  test('the embedded server permits SFTP and no shell, command, terminal or forwarding', async () => {
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
