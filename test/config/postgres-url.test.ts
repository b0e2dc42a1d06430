import pg from 'pg'
import { expect, test } from 'vitest'
import { withLibpqModes } from '../../src/config/postgres-tls.js'
import { problemOfPostgresUrl, userOf, withLogin } from '../../src/config/postgres-url.js'

const login = (url: string) => {
  const { user, password, host, port, database } = new pg.Client({ connectionString: url })
  return { user, password, host, port, database }
}

test.each([
  ['postgresql://app:S3cret#x/y@127.0.0.1:5432/db', /^has a # .*%23/],
  ['postgresql://app:5432#S3cret@host/db', /^has a #/],
  ['postgresql://app:5432/S3cret@host/db', /^has an @ after its host.*%2F/],
  ['postgresql://app:5432?S3cret@host/db', /^has an @ after its host.*%3F/],
  ['postgresql://app:S3cret/x@host/db', /^has an @ after its host/],
  ['postgresql://app:S3@c/x@host/db', /^has an @ after its host/],
  ['postgresql://app:S3 cret%41@host/db', /blank/],
  ['postgresql://app:S3cret\nx@host/db', /^has a line end/],
  ['postgresql://app:S3cret@host/db ', /blank at an end/],
  ['postgresql://app:S3cret%00@host/db', /^has a control character/],
  ['postgresql://app:S3cret@host:99999/db', /^can't be parsed as a URL/],
  ['postgresql://app:S3cret@host/db?port=S3cret', /^has a port that is not a number/],
  ['postgresql://app:S3cret@one:5432,two:5432/db', /^names several hosts/],
  ['postgresql://app:S3cret@one,two/db', /^names several hosts/],
  ['postgresql://app:S3cret@/db?host=one,two', /^names several hosts/],
  ['postgresql://app:S3cret@host/db?sslmode=verify-full&sslrootcert=/S3cret', /^names a file .* can't be read: ENOENT/],
  ['postgresql://app:S3cret@host/db?sslrootcert=/etc/hostname', /^names a file .* no usable PEM/],
  ['postgresql://app:S3cret@host/db?sslnegotiation=S3cret', /^has TLS settings/],
  [
    'postgresql://app:S3cret@host/db?sslmode=prefer',
    /^has an sslmode with which an attacker can switch encryption off/,
  ],
  ['postgresql://app:S3cret@host/db?sslmode=verify-ca', /^has sslmode=verify-ca without sslrootcert/],
  ['postgresql://app:change-me-too@host/db', /^has a placeholder as its password/],
  ['/var/run/postgresql S3cret', /^must be a postgresql/],
  ['socket:/var/run/postgresql?db=S3cret', /^must be a postgresql/],
  ['host=/var/run/postgresql dbname=S3cret', /^must be a postgresql/],
])('the URL %j is refused without repeating any of it', (url, words) => {
  expect(problemOfPostgresUrl(url)).toMatch(words)
  expect(problemOfPostgresUrl(url)).not.toContain('S3')
})

test.each([
  ['postgresql://app:S3cret@host/db', { host: 'host', port: 5432 }],
  ['postgres://app:S3@cret@host:6543/db', { host: 'host', port: 6543, password: 'S3@cret' }],
  ['postgresql://app:S3%23%2F%3F%25@host/db', { password: 'S3#/?%' }],
  ['postgresql://app:S3%cret@host/db?sslmode=disable', { password: 'S3%cret' }],
  ['postgresql://app:S3cret@[::1]:5432/db', { host: '::1' }],
  ['postgresql://app:S3cret@/db?host=/var/run/postgresql', { host: '/var/run/postgresql' }],
  ['postgresql://app:S3cret@%2Fvar%2Frun%2Fpostgresql/db', { host: '/var/run/postgresql' }],
])('the URL %s is accepted, and the same URL for another login leads to the same database', (url, parts) => {
  expect(problemOfPostgresUrl(url)).toBeUndefined()
  expect(login(url)).toMatchObject({ user: 'app', database: 'db', ...parts })
  expect(userOf(url)).toBe('app')
  const other = withLogin(url, 'rea/der', '#?/@%41 é')
  expect(problemOfPostgresUrl(other)).toBeUndefined()
  expect(login(other)).toEqual({ ...login(url), user: 'rea/der', password: '#?/@%41 é' })
})

test('a URL without a user name names none, even if the process has one', () => {
  expect(userOf('postgresql://host/db')).toBeUndefined()
  expect(userOf('postgresql:///db?host=/var/run/postgresql')).toBeUndefined()
  expect(userOf('postgresql:///db?host=/var/run/postgresql&user=app')).toBe('app')
})

test.each([
  ['postgresql://app@host/db', 'postgresql://app@host/db'],
  ['postgresql://app@host/db?sslmode=require', 'postgresql://app@host/db?sslmode=require&uselibpqcompat=true'],
  ['postgresql://app@host/db?sslmode=require&uselibpqcompat=true', undefined],
  [
    'postgresql://app@host/db?sslmode=verify-full&sslrootcert=system',
    'postgresql://app@host/db?sslmode=verify-full&uselibpqcompat=true',
  ],
  [
    'postgresql://app@host/db?sslrootcert=system&sslmode=verify-full',
    'postgresql://app@host/db?sslmode=verify-full&uselibpqcompat=true',
  ],
])('sslmode in %s has the meaning of libpq', (url, expected = url) => {
  expect(withLibpqModes(url)).toBe(expected)
  expect(problemOfPostgresUrl(url)).toBeUndefined()
})
