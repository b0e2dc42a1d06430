import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { parseEmail, type ParsedEmail } from './parse-email.js'

export interface ReceivedEmail extends ParsedEmail {
  /** The sender and the recipients of the SMTP commands. */
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | null
  readonly overTls: boolean
}

export interface MailServerOptions {
  /** A free one by default. */
  readonly port?: number
  /** TLS from the start. */
  readonly secure?: boolean
  readonly certificate?: { readonly key: string; readonly cert: string }
  /** A login is required. */
  readonly login?: { readonly user: string; readonly password: string }
  /** An error for RCPT TO, such as `550 5.1.1 unknown`; undefined: the address is accepted. */
  readonly refusalOf?: (address: string) => string | undefined
  /** An error for the email itself; 'never': there is no answer. */
  readonly answerTo?: (count: number) => string | 'never' | undefined
}

/** A real SMTP server in this process. */
export interface MailServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** What it has accepted, in order. */
  readonly emails: ReceivedEmail[]
  /** What it has read, also what it did not accept. */
  readonly read: ReceivedEmail[]
  /** Emails to that address. */
  to(address: string): ReceivedEmail[]
}

export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { port: wanted = 0, secure = false, certificate, login, refusalOf, answerTo } = options
  const emails: ReceivedEmail[] = []
  const read: ReceivedEmail[] = []
  const server = new SMTPServer({
    ...{ secure, ...certificate, logger: false, closeTimeout: 100, authOptional: login === undefined },
    // Without a certificate of the test's own it offers no STARTTLS.
    ...(certificate === undefined && { disabledCommands: ['STARTTLS'] }),
    // A login in the clear, for servers of this machine.
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      const isRight = username === login?.user && password === login?.password
      if (isRight) done(null, { user: username })
      else done(withCode('535 5.7.8 wrong login'))
    },
    onRcptTo: ({ address }, _session, done) => {
      const refusal = refusalOf?.(address)
      if (refusal === undefined) done()
      else done(withCode(refusal))
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const email = {
          ...parseEmail(Buffer.concat(chunks).toString('utf8')),
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: session.user === undefined ? null : String(session.user),
          overTls: session.secure,
        }
        read.push(email)
        const answer = answerTo?.(read.length)
        if (answer === 'never') return
        if (answer !== undefined) return done(withCode(answer))
        emails.push(email)
        done()
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(wanted, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    ...{ port, emails, read },
    url: `${secure ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    to: (address) => emails.filter(({ to }) => to.includes(address)),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
      }),
  }
}

/** `550 5.1.1 unknown` as the library takes it. */
function withCode(answer: string): Error {
  const [, code = '550', text = ''] = /^(\d{3}) (.*)$/.exec(answer) ?? []
  return Object.assign(new Error(text), { responseCode: Number(code) })
}
