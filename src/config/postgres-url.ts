import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import pg from 'pg'
import { isPlaceholder } from './placeholder.js'
import { sslModeOf, sslModes, withLibpqModes } from './postgres-tls.js'

const escapes = 'write / ? # @ and % in a user name or password as %2F %3F %23 %40 and %25'

/**
 * The problem of a database URL, in words that do not quote the URL; undefined if pg can use it. pg parses the URL here. The
 * other checks find URLs that pg parses without an error, but not as the operator intended.
 */
export function problemOfPostgresUrl(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) return 'must be a postgresql:// URL'
  return problemOfText(url) ?? problemOfTls(url) ?? problemOfParsed(url)
}

/** `host:port/database`, as an operator names the database. */
export function placeOfDatabase(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: withLibpqModes(url) })
  return `${host}:${port}/${database}`
}

function problemOfText(url: string): string | undefined {
  // The URL parser drops line ends without an error.
  if (/\p{Cc}|^ | $/u.test(url)) return 'has a line end, another control character, or a blank at an end'
  // pg encodes a URL that contains a blank or a lone %. Then it reads the other escapes literally.
  if (/ |%(?![\da-f]{2})/i.test(url) && /%[\da-f]{2}/i.test(url))
    return 'has a blank, or a % that does not begin an escape: write %20 and %25'
  const { authority, rest } = split(url)
  if (rest.includes('#')) return `has a # after which the rest is ignored: ${escapes}`
  // A / or ? in the password has ended the authority too early.
  if (rest.includes('@')) return `has an @ after its host: ${escapes}`
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const hosts = [host, ...new URLSearchParams(rest.split('?')[1]).getAll('host')]
  if (hosts.some((each) => /,|%2c/i.test(each))) {
    return 'names several hosts, and Tidemark connects to one: name one that follows the primary, such as a proxy'
  }
  return undefined
}

/** The authority ends at the first / ? or #, as in every URL parser. */
function split(url: string): { authority: string; rest: string } {
  const [, authority = '', rest = ''] = /^[^:]+:\/\/([^/?#]*)(.*)$/s.exec(url) ?? []
  return { authority, rest }
}

function problemOfTls(url: string): string | undefined {
  const mode = sslModeOf(url)
  if (mode === undefined) return undefined
  if (!sslModes.includes(mode)) {
    return `has an sslmode with which an attacker can switch encryption off: use one of ${sslModes.join(', ')}`
  }
  if (mode === 'verify-ca' && !/[?&]sslrootcert=(?!system(&|$))/.test(url)) {
    return 'has sslmode=verify-ca without sslrootcert: name the file with the certificate to trust, or use verify-full'
  }
  return undefined
}

function problemOfParsed(url: string): string | undefined {
  try {
    const connectionString = withLibpqModes(url)
    const { port, ssl, user, password, host, database } = new pg.Client({ connectionString })
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'has a port that is not a number from 1 to 65535'
    if ([user, password, host, database].some((part) => /\p{Cc}/u.test(String(part)))) return 'has a control character'
    if (typeof password === 'string' && isPlaceholder(password)) {
      return 'has a placeholder as its password: set your own password'
    }
    if (ssl && typeof ssl === 'object') checkCertificates(ssl)
    return undefined
  } catch (error) {
    return wordsFor(error)
  }
}

/** @throws where a file that the URL names holds no certificate or key. */
function checkCertificates(options: SecureContextOptions): void {
  if (options.ca !== undefined) void new X509Certificate(String(options.ca))
  createSecureContext(options)
}

/** Uses only the code of an error, because the parser's messages may quote the URL. */
function wordsFor(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (/^E[A-Z]+$/.test(code)) return `names a file (sslrootcert, sslcert, sslkey) that can't be read: ${code}`
  if (code.startsWith('ERR_OSSL')) return 'names a file (sslrootcert, sslcert, sslkey) that holds no usable PEM'
  if (/sslmode|sslnegotiation|libpqcompat/i.test(message))
    return 'has TLS settings that contradict each other: check sslmode'
  return `can't be parsed as a URL: ${escapes}`
}

/** The user that a URL names; undefined if it names none. */
export function userOf(url: string): string | undefined {
  const { authority, rest } = split(url)
  const isNamed = authority.lastIndexOf('@') > 0 || new URLSearchParams(rest.split('?')[1]).has('user')
  return isNamed ? new pg.Client({ connectionString: withLibpqModes(url) }).user : undefined
}

/** Whether the URL has a password. PGPASSWORD does not count. */
export function hasPassword(url: string): boolean {
  const { authority, rest } = split(url)
  const login = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
  return login.includes(':') || new URLSearchParams(rest.split('?')[1]).has('password')
}

/** The same URL for another login, in every form that pg accepts, including one without a host. */
export function withLogin(url: string, user: string, password: string): string {
  // Beside a blank or a lone %, pg would read the escapes of the new login literally.
  const encoded = url.replaceAll(' ', '%20').replaceAll(/%(?![\da-f]{2})/gi, '%25')
  const [, scheme = '', host = '', path = '', query = ''] =
    /^([^:]+:\/\/)(?:[^/?#]*@)?([^/?#]*)([^?]*)(?:\?(.*))?$/s.exec(encoded) ?? []
  const others = query.split('&').filter((each) => each !== '' && !/^(user|password)=/.test(each))
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`
  return `${scheme}${login}${host}${path}${others.length > 0 ? `?${others.join('&')}` : ''}`
}
