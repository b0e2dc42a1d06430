import { parseEmailAddress } from '../domain/email/address.js'
import type { EmailSender } from '../email/mailer.js'

const defaultPorts: ReadonlyMap<string, number> = new Map([
  ['smtp:', 587],
  ['smtps:', 465],
])

/** What SMTP_URL says: `smtp://user:password@host:587`. */
export interface SmtpServer {
  /** An IPv6 address has no brackets. */
  readonly host: string
  readonly port: number
  /** TLS from the start. */
  readonly isSecure: boolean
  /** Without the escapes of a URL; empty if there is none. */
  readonly user: string
  readonly password: string
}

/** Undefined if the text is no such URL. It has no path, and a user if it has a password. */
export function parseSmtpUrl(text: string): SmtpServer | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const defaultPort = defaultPorts.get(url.protocol)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const isBare = ['', '/'].includes(url.pathname) && url.search === '' && url.hash === ''
  const [user, password] = [unescaped(url.username), unescaped(url.password)]
  if (defaultPort === undefined || host === '' || !isBare) return undefined
  if (user === undefined || password === undefined || (user === '' && password !== '')) return undefined
  return { host, port: Number(url.port || defaultPort), isSecure: url.protocol === 'smtps:', user, password }
}

/** `Tidemark <tidemark@example.com>`, or the address alone. Undefined if the text is neither. */
export function parseSender(text: string): EmailSender | undefined {
  const [, name = '', bracketed] = /^([^<>"\p{Cc}]{0,100})<([^<>]{1,256})>$/u.exec(text.trim()) ?? []
  const address = parseEmailAddress(bracketed ?? text)
  return address === undefined ? undefined : { name: name.trim(), address }
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
