import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/compose/migration.js'
import { openDatabase } from '../../src/database/client.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { createRole } from '../support/sftp/deployed-sftp.js'
import { urlFor } from '../../dev/postgres/logins.js'
import { type LocalPostgres, startPostgres } from '../../dev/postgres/server.js'
import { removePostgresFolder } from '../../dev/postgres/home.js'

const script = join(import.meta.dirname, '../../deploy/postgres/logins.sh')
const passwords = { owner: 'of-the-owner-4711', temporal: 'of-temporal-4711' }
const hasPsql = await commandAvailable('psql', 'the logins that docker-compose.yml makes')

describe.runIf(hasPsql)('the logins of docker-compose.yml', () => {
  let folder: string
  let postgres: LocalPostgres
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-logins-'))
    postgres = await startPostgres({ folder, settings: { log_statement: 'all' }, report: () => undefined })
  })
  afterAll(async () => {
    await postgres.stop()
    await removePostgresFolder(folder)
  })

  /** Runs the script as compose does: without a terminal. */
  async function makeLogins(changed: Record<string, string> = {}): Promise<string> {
    const { hostname, port, username, password } = new URL(postgres.url('postgres'))
    const env = {
      PATH: process.env['PATH'],
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
      OWNER_PASSWORD: passwords.owner,
      TEMPORAL_PASSWORD: passwords.temporal,
      ...changed,
    }
    return (await promisify(execFile)('setsid', ['--wait', 'bash', script], { env })).stdout
  }

  async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows
    } finally {
      await client.end()
    }
  }

  const as = (username: string, password: string, database = 'tidemark') =>
    urlFor(postgres.url(database), { username, password })
  const owner = () => as('tidemark_owner', passwords.owner)

  test('an update gives the new owners what a superuser owned, and deltas go on', async () => {
    await postgres.ensureDatabase('tidemark')
    await postgres.ensureDatabase('temporal')
    const superuser = postgres.url('tidemark')
    await migrateDatabase(superuser, as('tidemark_app', 'of the service'))
    await createRole(superuser)
    await ask(postgres.url('temporal'), 'CREATE TABLE executions (id SERIAL PRIMARY KEY)')

    for (const _time of ['once', 'again']) {
      expect(await makeLogins()).toContain('the logins tidemark_owner and temporal are ready')
      const [owned] = await ask(
        superuser,
        `SELECT count(*) FILTER (WHERE owner <> 'tidemark_owner'::regrole)::int AS others, count(*)::int AS all FROM (
           SELECT nspowner AS owner FROM pg_namespace WHERE nspname = 'tidemark'
           UNION ALL SELECT relowner FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace
           UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace
           UNION ALL SELECT typowner FROM pg_type WHERE typnamespace = 'tidemark'::regnamespace
           UNION ALL SELECT datdba FROM pg_database WHERE datname = 'tidemark') AS things`,
      )
      expect(owned).toEqual({ others: 0, all: expect.any(Number) })
      expect(await migrateDatabase(owner(), as('tidemark_app', 'of the service'))).toEqual({
        applied: [],
        loginMade: false,
      })
      await createRole(owner())
    }
    await ask(as('temporal', passwords.temporal, 'temporal'), 'ALTER TABLE executions ADD COLUMN more TEXT')
    await using database = disposable(as('tidemark_app', 'of the service'))
    await database.check()
  })

  test('neither owner is a superuser or exempt from row-level security', async () => {
    const rows = await ask(
      postgres.url('postgres'),
      `SELECT rolname AS name, rolsuper OR rolbypassrls OR rolreplication OR rolcreatedb AS much, rolcreaterole AS makes
       FROM pg_roles WHERE rolname IN ('tidemark_owner', 'temporal') ORDER BY 1`,
    )
    expect(rows).toEqual([
      { name: 'temporal', much: false, makes: false },
      { name: 'tidemark_owner', much: false, makes: true },
    ])
  })

  test('the logins of Temporal and Tidemark see nothing of each other', async () => {
    const read = ask(as('temporal', passwords.temporal), 'SELECT * FROM tidemark.registration')
    await expect(read).rejects.toThrow('permission denied for schema tidemark')
    const connect = ask(as('tidemark_owner', passwords.owner, 'temporal'), 'SELECT 1')
    await expect(connect).rejects.toThrow('permission denied for database "temporal"')
  })

  test('on a fresh server the owner makes the tables, and the service and the SFTP server get their logins', async () => {
    const other = await mkdtemp(join(tmpdir(), 'tidemark-logins-'))
    const former = postgres
    postgres = await startPostgres({ folder: other, report: () => undefined })
    try {
      await makeLogins()
      const service = as('tidemark_app', 'of the service')
      expect(await migrateDatabase(owner(), service)).toMatchObject({ loginMade: true })
      await createRole(owner(), 'tidemark_sftp', 'of the sftp server')
      await using database = disposable(service)
      await database.check()
      const keys = ask(as('tidemark_sftp', 'of the sftp server'), "SELECT tidemark.authorized_keys('acme')")
      expect(await keys).toEqual([])
      await ask(as('temporal', passwords.temporal, 'temporal_visibility'), 'CREATE EXTENSION btree_gin')
    } finally {
      await postgres.stop()
      await removePostgresFolder(other)
      postgres = former
    }
  })

  test.each([
    ['OWNER_PASSWORD', 'change-me', 'POSTGRES_OWNER_PASSWORD'],
    ['TEMPORAL_PASSWORD', '', 'TEMPORAL_DATABASE_PASSWORD'],
    ['PGPASSWORD', 'changeme', 'POSTGRES_PASSWORD'],
  ])('a placeholder is refused as a password: %s=%s', async (name, value, told) => {
    await expect(makeLogins({ [name]: value })).rejects.toThrow(`${told} is empty or a placeholder`)
  })

  test('the log of Postgres has no password', async () => {
    const log = await readFile(join(folder, 'postgres.log'), 'utf8')
    expect(log).toContain('ALTER ROLE tidemark_owner LOGIN')
    expect(log).not.toMatch(/of-the-owner-4711|of-temporal-4711/)
  })
})

function disposable(url: string) {
  const database = openDatabase({ url, poolSize: 1 })
  return { check: () => database.check(), [Symbol.asyncDispose]: () => database.close() }
}
