import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { OutgoingEmail } from '../../src/domain/email/outgoing.js'
import { createMailer, type MailerOptions } from '../../src/email/mailer.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { type MailServer, type MailServerOptions, startMailServer } from '../support/smtp/mail-server.js'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

async function server(options: MailServerOptions = {}): Promise<MailServer> {
  const started = await startMailServer(options)
  open.push(started)
  return started
}

const mailerFor = (port: number, overrides: Partial<MailerOptions> = {}) =>
  createMailer({
    ...{ host: '127.0.0.1', port, isSecure: false, requiresTls: false, authorities: undefined, login: undefined },
    from: { name: 'Data exports', address: 'exports@example.com' },
    ...overrides,
  })

const email: OutgoingEmail = {
  ...{ id: '0199a1c2-7f7e-4e7f-8d3c-5b0f4f3f2a10', to: 'ana@example.com', subject: 'A subject – with a dash' },
  ...{ text: 'Text with ü\n', html: '<p>Text with ü</p>' },
  unsubscribeUrl: `https://tidemark.example.com/email/unsubscribe?token=${'a'.repeat(43)}`,
}

describe('what a mail server receives', () => {
  test('an email has two forms of its body, a Message-ID of its own, and the headers of one-click unsubscription', async () => {
    const smtp = await server()
    expect(await mailerFor(smtp.port).send(email)).toEqual({ outcome: 'SENT' })
    expect(smtp.emails).toMatchObject([
      {
        ...{ from: 'exports@example.com', to: ['ana@example.com'], html: expect.stringContaining('ü') as unknown },
        text: expect.stringContaining('Text with ü') as unknown,
        headers: {
          from: 'Data exports <exports@example.com>',
          to: 'ana@example.com',
          'message-id': '<0199a1c2-7f7e-4e7f-8d3c-5b0f4f3f2a10@example.com>',
          'auto-submitted': 'auto-generated',
          'list-unsubscribe': `<${email.unsubscribeUrl}>`,
          'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
        },
      },
    ])
  })

  test('an email without a link to unsubscribe has no header of it', async () => {
    const smtp = await server()
    await mailerFor(smtp.port).send({ ...email, unsubscribeUrl: null })
    expect(Object.keys(smtp.emails[0]?.headers ?? {}).filter((name) => name.startsWith('list-'))).toEqual([])
  })

  test('a line end in a subject or an address adds no header and no recipient', async () => {
    const smtp = await server()
    const mailer = mailerFor(smtp.port)
    await mailer.send({ ...email, subject: 'One\r\nBcc: eve@example.com\r\nX-Injected: yes' })
    expect(smtp.emails).toHaveLength(1)
    expect(smtp.emails[0]?.to).toEqual(['ana@example.com'])
    for (const name of ['x-injected', 'bcc']) expect(smtp.emails[0]?.headers).not.toHaveProperty([name])
    for (const to of [
      'ana@example.com\r\nRCPT TO:<eve@example.com>',
      'ana@example.com, eve@example.com',
      'Eve <e@x.org>',
    ]) {
      expect(await mailer.send({ ...email, to })).toEqual({ outcome: 'REFUSED', problem: 'not an address' })
    }
    expect(smtp.read).toHaveLength(1)
  })
})

describe('what a mail server answers', () => {
  test.each([
    ['550 5.1.1 <ana@example.com> is unknown', { outcome: 'REFUSED', problem: '550 at RCPT TO' }],
    ['556 the domain takes no mail', { outcome: 'REFUSED', problem: '556 at RCPT TO' }],
    ['554 5.7.1 relay access denied', { outcome: 'FAILED', problem: '554 at RCPT TO', isServer: true }],
    ['451 4.7.1 greylisted', { outcome: 'FAILED', problem: '451 at RCPT TO', isServer: false }],
  ])('%s to RCPT TO becomes %j, without the text of the server', async (answer, result) => {
    const smtp = await server({ refusalOf: () => answer })
    expect(await mailerFor(smtp.port).send(email)).toEqual(result)
  })

  test('a server that does not take an email at DATA fails for all emails', async () => {
    const smtp = await server({ answerTo: () => '554 5.6.0 the sender is not verified' })
    expect(await mailerFor(smtp.port).send(email)).toEqual({
      ...{ outcome: 'FAILED', problem: '554 at DATA', isServer: true },
    })
  })

  test('a server that is away is named with its address', async () => {
    const smtp = await startMailServer()
    await smtp[Symbol.asyncDispose]()
    expect(await mailerFor(smtp.port).send(email)).toEqual({
      outcome: 'FAILED',
      problem: `connect ECONNREFUSED 127.0.0.1:${smtp.port}`,
      isServer: true,
    })
  })

  test('a login is sent, and a wrong one is a failure of the server', async () => {
    const smtp = await server({ login: { user: 'tidemark', password: 'right' } })
    const login = { user: 'tidemark', password: 'right' }
    expect(await mailerFor(smtp.port, { login }).send(email)).toEqual({ outcome: 'SENT' })
    expect(smtp.emails).toMatchObject([{ user: 'tidemark' }])
    const wrong = await mailerFor(smtp.port, { login: { ...login, password: 'wrong' } }).send(email)
    expect(wrong).toMatchObject({ outcome: 'FAILED', isServer: true })
    expect(JSON.stringify(wrong)).not.toContain('wrong')
  })
})

const openssl = await commandAvailable('openssl', 'email over TLS')

describe.runIf(openssl)('email over TLS', () => {
  let certificate: { key: string; cert: string }
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-smtp-'))
    const [key, cert] = ['key', 'crt'].map((end) => join(folder, `server.${end}`))
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject]
    execFileSync('openssl', [...made, '-keyout', key!, '-out', cert!], { stdio: 'ignore' })
    certificate = { key: readFileSync(key!, 'utf8'), cert: readFileSync(cert!, 'utf8') }
    rmSync(folder, { recursive: true })
  })

  test('STARTTLS and TLS from the start protect an email, if the certificate is trusted', async () => {
    for (const secure of [false, true]) {
      const smtp = await server({ secure, certificate })
      const trusting = mailerFor(smtp.port, { isSecure: secure, requiresTls: !secure, authorities: certificate.cert })
      expect(await trusting.send(email), `secure: ${secure}`).toEqual({ outcome: 'SENT' })
      expect(smtp.emails).toMatchObject([{ overTls: true }])
      const distrusting = mailerFor(smtp.port, { isSecure: secure, requiresTls: !secure })
      expect(await distrusting.send(email)).toMatchObject({ outcome: 'FAILED', isServer: true })
      expect(smtp.emails).toHaveLength(1)
    }
  })

  test('a server without STARTTLS gets neither the login nor the email where TLS is required', async () => {
    const smtp = await server({ login: { user: 'tidemark', password: 'right' } })
    const mailer = mailerFor(smtp.port, { requiresTls: true, login: { user: 'tidemark', password: 'right' } })
    expect(await mailer.send(email)).toMatchObject({ outcome: 'FAILED', isServer: true })
    expect(smtp.read).toEqual([])
  })
})
