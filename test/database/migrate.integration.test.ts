import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyMigrations, MigrationError } from '../../src/database/migrate.js'
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.js'

const root = join(import.meta.dirname, '../..')
const first = `
  CREATE TABLE "boat" ("id" INTEGER NOT NULL, CONSTRAINT "boat_pkey" PRIMARY KEY ("id"));
  CREATE FUNCTION "one"() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;`
const second = 'ALTER TABLE "boat" ADD COLUMN "name" TEXT;'
const schema = `
  generator client {
    provider = "prisma-client"
    output   = "./generated"
  }
  datasource db {
    provider = "postgresql"
  }
  model boat {
    id   Int     @id
    name String?
  }`

let database: TestDatabase
let project: string

beforeEach(async () => {
  database = await createTestDatabase()
  project = await mkdtemp(join(tmpdir(), 'tidemark-migrate-'))
  await writeFile(join(project, 'schema.prisma'), schema)
  await migration('1_first', first)
  await migration('2_second', second)
})

afterEach(async () => {
  await rm(project, { recursive: true, force: true })
  await database[Symbol.asyncDispose]()
})

async function migration(name: string, script: string): Promise<void> {
  await mkdir(join(project, 'migrations', name), { recursive: true })
  await writeFile(join(project, 'migrations', name, 'migration.sql'), script)
  await writeFile(join(project, 'migrations', 'migration_lock.toml'), 'provider = "postgresql"\n')
}

const apply = () => applyMigrations({ url: database.url, schema: 'harbour', folder: join(project, 'migrations') })

async function query<Row extends pg.QueryResultRow>(statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}

/** The columns of the table `boat` in a Postgres schema. */
async function columns(within: string): Promise<string[]> {
  const rows = await query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${within}.boat'::regclass AND attnum > 0 ORDER BY attnum`,
  )
  return rows.map((row) => row.name)
}

/** Prisma's own CLI on the scratch project, or on another one of that config. */
async function prisma(args: string[], config = { schema: join(project, 'schema.prisma'), of: 'harbour', in: project }) {
  const file = join(project, 'prisma.config.mjs')
  const url = `${database.url}?schema=${config.of}`
  const migrations = { path: join(config.in, 'migrations') }
  await writeFile(file, `export default ${JSON.stringify({ schema: config.schema, migrations, datasource: { url } })}`)
  const cli = join(root, 'scripts/prisma/prisma.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args, '--config', file], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

describe('applyMigrations', () => {
  test('applyMigrations applies missing migrations in order, and a second call applies none', async () => {
    expect(await apply()).toEqual(['1_first', '2_second'])
    expect(await apply()).toEqual([])
    await migration('3_third', 'DROP TABLE "boat";')
    expect(await apply()).toEqual(['3_third'])
  })

  test('applyMigrations puts what a script creates into the schema, and does not touch public', async () => {
    await query('CREATE TABLE public.boat (id integer)')
    await apply()
    expect(await columns('harbour')).toEqual(['id', 'name'])
    expect(await columns('public')).toEqual(['id'])
    expect(await query('SELECT harbour.one()')).toEqual([{ one: 1 }])
  })

  test('the Prisma CLI finds everything applied and no drift after applyMigrations', async () => {
    await migration('2_second', `${second} SET search_path = public;`)
    await apply()
    expect(await prisma(['migrate', 'status'])).toMatchObject({
      status: 0,
      output: expect.stringContaining('Database schema is up to date'),
    })
    const drift = ['migrate', 'diff', '--exit-code', '--from-config-datasource', '--to-schema']
    expect(await prisma([...drift, join(project, 'schema.prisma')])).toMatchObject({ status: 0 })
    expect(await prisma(['migrate', 'deploy'])).toMatchObject({
      status: 0,
      output: expect.stringContaining('No pending migrations'),
    })
  })

  test('applyMigrations continues after migrations that the Prisma CLI applied', async () => {
    const later = join(project, 'migrations', '2_second')
    await rm(later, { recursive: true })
    expect(await prisma(['migrate', 'deploy'])).toMatchObject({ status: 0 })
    await migration('2_second', second)
    expect(await apply()).toEqual(['2_second'])
  })

  test('each migration is applied once when processes start at the same time', async () => {
    await migration('2_second', `${second} SELECT pg_sleep(0.2);`)
    const results = await Promise.all([apply(), apply(), apply(), apply()])
    expect(results.filter((names) => names.length > 0)).toEqual([['1_first', '2_second']])
    expect(await query('SELECT migration_name FROM harbour._prisma_migrations')).toHaveLength(2)
  })

  test('a broken migration is reported and rolled back, and later ones are refused until it is resolved', async () => {
    await migration('2_second', `${second} ALTER TABLE "ship" ADD COLUMN "x" TEXT;`)
    await expect(apply()).rejects.toThrow(/^Migration 2_second failed: .*relation "ship" does not exist/)
    expect(await columns('harbour')).toEqual(['id'])
    expect(
      await query(
        'SELECT migration_name, finished_at IS NULL AS open, logs FROM harbour._prisma_migrations ORDER BY 1',
      ),
    ).toEqual([
      { migration_name: '1_first', open: false, logs: null },
      { migration_name: '2_second', open: true, logs: expect.stringContaining('"ship" does not exist') },
    ])
    await expect(apply()).rejects.toThrow(/^Migration 2_second failed earlier: .*"ship" does not exist/)
    expect((await prisma(['migrate', 'status'])).output).toContain('failed')

    expect(await prisma(['migrate', 'resolve', '--rolled-back', '2_second'])).toMatchObject({ status: 0 })
    await migration('2_second', second)
    expect(await apply()).toEqual(['2_second'])
    expect(await prisma(['migrate', 'status'])).toMatchObject({ status: 0 })
  })

  test('a broken migration that has a transaction of its own is rolled back', async () => {
    await migration('2_second', `BEGIN; ${second} SELECT 1 / 0; COMMIT;`)
    await expect(apply()).rejects.toThrow(/^Migration 2_second failed: .*division by zero/)
    expect(await columns('harbour')).toEqual(['id'])
    await expect(apply()).rejects.toThrow(/^Migration 2_second failed earlier: .*division by zero/)
  })

  test('migrations are refused after a process died within a migration', async () => {
    await apply()
    await query("UPDATE harbour._prisma_migrations SET finished_at = NULL WHERE migration_name = '2_second'")
    await expect(apply()).rejects.toThrow(/^Migration 2_second failed earlier \(the process was stopped\)/)
  })

  test('migrations are refused if a file was changed after it was applied', async () => {
    await apply()
    await migration('1_first', `${first} -- a remark`)
    await expect(apply()).rejects.toThrow(MigrationError)
    await expect(apply()).rejects.toThrow(/^Migration 1_first was changed after it was applied/)
  })

  test('migrations are refused if the database is ahead of the folder', async () => {
    await apply()
    await rm(join(project, 'migrations', '2_second'), { recursive: true })
    await expect(apply()).rejects.toThrow(/^The database has the migration 2_second, which the folder lacks/)
  })

  test('a migration folder without its file is named in the error', async () => {
    await rm(join(project, 'migrations', '2_second', 'migration.sql'))
    await expect(apply()).rejects.toThrow(/2_second.migration\.sql/)
    expect(await query("SELECT FROM pg_namespace WHERE nspname = 'harbour'")).toEqual([])
  })
})

describe.each([
  { of: 'tidemark', in: join(root, 'prisma') },
  { of: 'analytics', in: join(root, 'prisma/source') },
])('the migrations of $of', (config) => {
  test('the migrations of $of agree with their Prisma schema', async () => {
    const schemaFile = join(config.in, 'schema.prisma')
    const names = await applyMigrations({ url: database.url, schema: config.of, folder: join(config.in, 'migrations') })
    expect(names).not.toEqual([])
    const other = { ...config, schema: schemaFile }
    expect(await prisma(['migrate', 'status'], other)).toMatchObject({ status: 0 })
    const diff = ['migrate', 'diff', '--exit-code', '--from-config-datasource', '--to-schema', schemaFile]
    const { status, output } = await prisma(diff, other)
    expect(status, output).toBe(0)
  })
})
