import pg from 'pg'

/** What `sslmode` of a URL means in libpq, and so in every other client of Postgres. */
const meanings: Readonly<Record<string, string>> = {
  disable: 'not encrypted',
  require: "encrypted; the server's certificate is not checked",
  'verify-ca': "encrypted; the server's certificate is checked, its host name is not",
  'verify-full': "encrypted; the server's certificate and host name are checked",
}

export const sslModes: readonly string[] = Object.keys(meanings)

export function sslModeOf(url: string): string | undefined {
  return parameterOf(url, 'sslmode')
}

/**
 * The URL in the form in which pg gives `sslmode` the meaning that it has in libpq: without this word it takes `require` for
 * `verify-full`. `sslrootcert=system` means the certificates that come with Node.
 */
export function withLibpqModes(url: string): string {
  if (sslModeOf(url) === undefined) return url
  const kept = url.replace(/([?&])sslrootcert=system(&|$)/, (_, before: string, after: string) => (after ? before : ''))
  return parameterOf(kept, 'uselibpqcompat') === undefined ? `${kept}&uselibpqcompat=true` : kept
}

/** Whether connections to the URL's database are encrypted, and what is checked, in words for the log. */
export function tlsOf(url: string): string {
  const mode = sslModeOf(url) ?? (new pg.Client({ connectionString: url }).ssl ? 'verify-full' : 'disable')
  const hasRoot = parameterOf(url, 'sslrootcert') !== undefined
  return meanings[mode === 'require' && hasRoot ? 'verify-ca' : mode] ?? mode
}

function parameterOf(url: string, name: string): string | undefined {
  const query = url.split('#')[0]?.split('?')[1] ?? ''
  return new URLSearchParams(query).get(name) ?? undefined
}
