import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrateDatabase, migrateSampleSource } from '../../src/compose/migration.js'
import { ensureServiceLogin } from '../../src/database/service-login.js'
import { scramVerifier } from '../../src/database/scram-verifier.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { createRole } from '../support/sftp/deployed-sftp.js'
import { ensureReader, urlFor } from '../../dev/postgres/logins.js'
import { removePostgresFolder } from '../../dev/postgres/home.js'
import { type LocalPostgres, startPostgres } from '../../dev/postgres/server.js'

const hasPsql = await commandAvailable('psql', 'what role.sql writes to the log of Postgres')

/** A Postgres that writes every statement to its log. */
let postgres: LocalPostgres
let ownerUrl: string
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-passwords-'))
  postgres = await startPostgres({ folder, settings: { log_statement: 'all' }, report: () => undefined })
  await postgres.ensureDatabase('tidemark')
  ownerUrl = postgres.url('tidemark')
})
afterAll(async () => {
  await postgres.stop()
  await removePostgresFolder(folder)
})

const log = () => readFile(join(folder, 'postgres.log'), 'utf8')

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

test("the passwords of new roles are not in Postgres' log, and log in", async () => {
  const passwords = { app: 'Clear-of-the-service', reader: 'Clear-of-the-reader' }
  const serviceUrl = urlFor(ownerUrl, { username: 'tidemark_app', password: passwords.app })
  expect(await migrateDatabase(ownerUrl, serviceUrl)).toMatchObject({ loginMade: true })
  await migrateSampleSource(ownerUrl)
  const reader = { username: 'tidemark_reader', password: passwords.reader }
  await ensureReader(ownerUrl, reader)
  expect(await log()).toContain('CREATE ROLE "tidemark_app" LOGIN PASSWORD \'SCRAM-SHA-256$4096:')
  expect(await log()).not.toContain('Clear-of-the')
  const urls = [serviceUrl, urlFor(ownerUrl, reader)]
  for (const url of urls) expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test("the password of a role that could not be made is not in Postgres' log", async () => {
  await ask(ownerUrl, "CREATE ROLE powerless LOGIN PASSWORD 'of the powerless'")
  const powerless = urlFor(ownerUrl, { username: 'powerless', password: 'of the powerless' })
  const wanted = urlFor(ownerUrl, { username: 'wanted', password: 'Unmade-in-the-clear' })
  await expect(ensureServiceLogin(powerless, wanted)).rejects.toThrow('permission denied to create role')
  expect(await log()).toContain('permission denied to create role')
  expect(await log()).not.toContain('Unmade-in-the-clear')
})

test.each(['/?#@%41:&\'"\\', 'ﬁne\u00A0é', 'e\u0301', '😀', 'ASCII only', "$1 '; DROP ROLE x; --"])(
  'a login with the password %s is made and logs in',
  async (password) => {
    const username = `login_${Buffer.from(password).toString('hex').slice(0, 40)}`
    const url = urlFor(ownerUrl, { username, password })
    expect(await ensureServiceLogin(ownerUrl, url)).toBe(true)
    expect(await ask(url, 'SELECT session_user AS me')).toEqual([{ me: username }])
  },
)

test.runIf(hasPsql)("role.sql does not write the SFTP role's password to Postgres' log", async () => {
  const login = { username: 'tidemark_sftp', password: 'Clear-of-the-sftp' }
  await createRole(ownerUrl, login.username, login.password)
  expect(await ask(urlFor(ownerUrl, login), 'SELECT session_user AS me')).toEqual([{ me: 'tidemark_sftp' }])
  const powerless = urlFor(ownerUrl, { username: 'powerless', password: 'of the powerless' })
  await expect(createRole(powerless, 'unmade', 'Unmade-in-the-clear')).rejects.toThrow(/permission denied/)
  expect(await log()).not.toMatch(/Clear-of-the|Unmade-in-the-clear/)
})

test('Postgres computes the same verifier of the same password and salt', async () => {
  await ask(ownerUrl, "CREATE ROLE computed PASSWORD 'the password'")
  const [role] = await ask(ownerUrl, "SELECT rolpassword FROM pg_authid WHERE rolname = 'computed'")
  const stored = String(role?.['rolpassword'])
  const salt = Buffer.from(/^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(stored)?.[1] ?? '', 'base64')
  expect(await scramVerifier('the password', salt)).toBe(stored)
})

test('a login whose URL has no password gets none', async () => {
  const url = ownerUrl.replace(/\/\/[^@]+@/, '//by_certificate@')
  await ensureServiceLogin(ownerUrl, url)
  const [role] = await ask(ownerUrl, "SELECT rolpassword, rolcanlogin FROM pg_authid WHERE rolname = 'by_certificate'")
  expect(role).toEqual({ rolpassword: null, rolcanlogin: true })
})
