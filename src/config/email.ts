import type { MailerOptions } from '../email/mailer.js'
import type { ConfigProblem } from './config-error.js'
import type { Environment } from './env.js'
import { parseSmtpUrl, type SmtpServer } from './smtp-url.js'
import type { Variables } from './variables.js'

/** Email to tenants. */
export interface EmailConfig extends MailerOptions {
  /** The base of links in emails, without a slash at its end. */
  readonly linkBase: string
}

/** Undefined without SMTP_URL: no email is sent. */
export function emailConfig(env: Variables): EmailConfig | undefined {
  const { SMTP_URL: server, EMAIL_FROM: from, PUBLIC_URL: publicUrl } = env
  if (server === undefined || from === undefined || publicUrl === undefined) return undefined
  const { host, port, isSecure } = server
  const login = loginOf(server, env.SMTP_PASSWORD)
  return {
    ...{ host, port, isSecure, login, from },
    // A password never crosses a network in the clear.
    requiresTls: !isSecure && login !== undefined && !isThisMachine(host),
    authorities: env.SMTP_TLS_CA,
    linkBase: publicUrl.replace(/\/$/, ''),
  }
}

/** What SMTP_URL needs beside itself. */
export function problemsOfEmail(environment: Environment): ConfigProblem[] {
  const { SMTP_URL: text, SMTP_PASSWORD: password, EMAIL_FROM: sender, PUBLIC_URL: publicUrl } = environment
  if (!text) return password ? [{ name: 'SMTP_PASSWORD', message: 'is set without SMTP_URL' }] : []
  const server = parseSmtpUrl(text)
  return [
    ...(sender ? [] : [{ name: 'EMAIL_FROM', message: 'is required with SMTP_URL: the sender of emails' }]),
    ...(publicUrl ? [] : [{ name: 'PUBLIC_URL', message: 'is required with SMTP_URL: emails have links to it' }]),
    ...(server && password ? problemsOfPassword(server) : []),
  ]
}

function problemsOfPassword({ user, password }: SmtpServer): ConfigProblem[] {
  const problem = (message: string) => [{ name: 'SMTP_PASSWORD', message }]
  if (user === '') return problem('needs a user in SMTP_URL: smtp://user@host')
  return password === '' ? [] : problem('is set twice: remove the password from SMTP_URL, or remove this variable')
}

function loginOf({ user, password }: SmtpServer, separate: string | undefined): MailerOptions['login'] {
  return user === '' ? undefined : { user, password: separate ?? password }
}

function isThisMachine(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host)
}
