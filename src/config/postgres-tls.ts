import pg from 'pg'

/** The meaning of `sslmode` in libpq, and in other clients of Postgres. */
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
 * Adds `uselibpqcompat` to the URL, so that pg reads `sslmode` as libpq does. Without it, pg treats `require` as
 * `verify-full`. `sslrootcert=system` means the certificates that come with Node.
 */
export function withLibpqModes(url: string): string {
  if (sslModeOf(url) === undefined) return url
  const kept = url.replace(/([?&])sslrootcert=system(&|$)/, (_, before: string, after: string) => (after ? before : ''))
  return parameterOf(kept, 'uselibpqcompat') === undefined ? `${kept}&uselibpqcompat=true` : kept
}

/** Describes for the log whether connections are encrypted, and what is checked. */
export function tlsOf(url: string): string {
  const mode = sslModeOf(url) ?? (new pg.Client({ connectionString: url }).ssl ? 'verify-full' : 'disable')
  const hasRoot = parameterOf(url, 'sslrootcert') !== undefined
  return meanings[mode === 'require' && hasRoot ? 'verify-ca' : mode] ?? mode
}

function parameterOf(url: string, name: string): string | undefined {
  const query = url.split('#')[0]?.split('?')[1] ?? ''
  return new URLSearchParams(query).get(name) ?? undefined
}
