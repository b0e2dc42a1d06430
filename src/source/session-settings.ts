/** A version of Postgres, such as 15.18. */
export interface PostgresVersion {
  readonly major: number
  readonly minor: number
}

interface Setting {
  readonly name: string
  readonly value: string
  /** The first minor release of each major version that knows the setting; every release where it is left out. */
  readonly since?: Readonly<Record<number, number>>
}

/**
 * The timeouts that a read sets for its transaction. They replace those of the role, database or server, so that only our
 * limits end a read. docs/reference/source-settings.md gives the reason for each setting, and lists those that are unchanged.
 */
export const limitSettings: readonly Setting[] = [
  { name: 'idle_in_transaction_session_timeout', value: '0' },
  { name: 'lock_timeout', value: '20s' },
  { name: 'tcp_user_timeout', value: '0' },
  { name: 'tcp_keepalives_idle', value: '30' },
  { name: 'tcp_keepalives_interval', value: '10' },
  { name: 'tcp_keepalives_count', value: '6' },
]

/** The other settings of a read: no row is left out, and values have one form. */
export const contentSettings: readonly Setting[] = [
  { name: 'restrict_nonsystem_relation_kind', value: '', since: { 15: 8, 16: 4, 17: 0 } },
  { name: 'row_security', value: 'off' },
  { name: 'gin_fuzzy_search_limit', value: '0' },
  { name: 'client_encoding', value: 'UTF8' },
  { name: 'TimeZone', value: 'UTC' },
  { name: 'DateStyle', value: 'ISO, YMD' },
  { name: 'IntervalStyle', value: 'postgres' },
  { name: 'extra_float_digits', value: '1' },
  { name: 'bytea_output', value: 'hex' },
  { name: 'xmlbinary', value: 'base64' },
  { name: 'xmloption', value: 'content' },
  { name: 'array_nulls', value: 'on' },
  { name: 'standard_conforming_strings', value: 'on' },
  { name: 'transform_null_equals', value: 'off' },
  { name: 'quote_all_identifiers', value: 'off' },
  // Compiling a plain query costs more than it gains.
  { name: 'jit', value: 'off' },
]

/** Postgres ends a read this many ms after the worker's limit, because the worker can report the cause. */
const graceMs = 30_000

/**
 * The statements that begin a transaction for reading. `limitMs`: how long it may last, for a worker that is no longer
 * there to end it; no limit where left out. None of them takes a snapshot.
 */
export function beginStatements(limitMs: number | undefined, version: PostgresVersion | undefined): string {
  const limit = String(limitMs === undefined ? 0 : limitMs + graceMs)
  return [
    'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY, NOT DEFERRABLE',
    setLocal({ name: 'statement_timeout', value: limit }),
    ...transactionTimeout(limit, version),
    ...limitSettings.map(setLocal),
    // This limit counts between transactions, where the pool keeps the connection. A local setting would not last.
    'SET SESSION idle_session_timeout = 0',
    '',
  ].join(';\n')
}

/** The other settings, in one statement. It takes a snapshot, so it comes after the lock of the table. */
export function contentStatement(version: PostgresVersion | undefined): string {
  const known = contentSettings.filter((setting) => isKnown(setting, version))
  const calls = known.map(({ name, value }) => `pg_catalog.set_config('${name}', '${value}', true)`)
  return `SELECT ${[...calls, searchPath].join(', ')};\n`
}

/** The functions and operators of Postgres come before those of the same name that a role's search_path finds first. */
const searchPath = `pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog',
  nullif(pg_catalog.current_setting('search_path'), '')), true)`

/** A new limit does not replace one that is running, so the old one is switched off first. */
function transactionTimeout(limit: string, version: PostgresVersion | undefined): string[] {
  const name = 'transaction_timeout'
  if (!isKnown({ since: { 17: 0 } }, version)) return []
  return [setLocal({ name, value: '0' }), setLocal({ name, value: limit })]
}

function setLocal({ name, value }: Setting): string {
  return `SET LOCAL ${name} = '${value}'`
}

function isKnown({ since }: Pick<Setting, 'since'>, version: PostgresVersion | undefined): boolean {
  if (!since) return true
  if (!version) return false
  const last = Math.max(...Object.keys(since).map(Number))
  return version.minor >= (since[version.major] ?? (version.major > last ? 0 : Infinity))
}

/** From what a server says of itself, such as `15.18 (Debian 15.18-0+deb12u1)` or `19beta1`. */
export function parseVersion(text: string): PostgresVersion | undefined {
  const [, major, minor = '0'] = /^(\d+)(?:\.(\d+))?/.exec(text) ?? []
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) }
}
