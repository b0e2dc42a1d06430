import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { refusalOf } from './refused-connection.js'

export interface MigrationSource {
  /** The database, as a `postgresql://` URL. The account must be able to create the schema, unless it exists. */
  readonly url: string
  /** The Postgres schema of the migrations. It also has the `_prisma_migrations` table. */
  readonly schema: string
  /** A folder of Prisma Migrate: `<folder>/<name>/migration.sql`, applied in the order of the names. */
  readonly folder: string
}

/** The database's history and the folder do not match, or a migration failed. Nothing is tried again. */
export class MigrationError extends Error {
  override readonly name: string = 'MigrationError'
}

/** Postgres does not answer, or has no connection left at the moment. A later call can succeed. */
class MigrationUnavailableError extends MigrationError {
  override readonly name = 'MigrationUnavailableError'
  readonly code = 'DATABASE_UNAVAILABLE'
}

interface Migration {
  readonly name: string
  readonly script: string
  readonly checksum: string
}

interface AppliedMigration {
  readonly migration_name: string
  readonly checksum: string
  readonly finished_at: Date | null
  readonly rolled_back_at: Date | null
  readonly logs: string | null
}

/** The lock of Prisma Migrate, so that the Prisma CLI and this code never run at the same time. */
const advisoryLock = 72_707_369

/**
 * Brings a database up to date with a folder of Prisma migrations, without the Prisma CLI. It records what the CLI records,
 * so that `prisma migrate status` and `prisma migrate deploy` agree. Processes that start at the same time wait for one
 * another.
 *
 * @returns the names of the applied migrations, in order; empty if the database was up to date
 * @throws MigrationError naming the migration and the reason
 */
export async function applyMigrations({ url, schema, folder }: MigrationSource): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const client = await connectAsOwner(url)
  try {
    await assertSession(client, url)
    // Held by the session: ending the connection releases it, also when this process dies.
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock])
    await prepare(client, schema)
    const pending = findPending(migrations, await readHistory(client, schema))
    for (const migration of pending) await applyMigration(client, schema, migration)
    return pending.map((migration) => migration.name)
  } finally {
    await client.end()
  }
}

/** @throws MigrationError naming the server, and why it can't be used: it does not answer, or refuses the login */
export async function connectAsOwner(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'tidemark migrate' })
  try {
    await client.connect()
  } catch (error) {
    const Failure = refusalOf(error) ? MigrationError : MigrationUnavailableError
    throw new Failure(
      `The migrations did not run because Postgres at ${client.host}:${client.port} can't be used: ${reasonOf(error)}. ` +
        'Check that Postgres runs there, and check the URL and the password in DATABASE_OWNER_URL.',
      { cause: error },
    )
  }
  return client
}

/** If a host has several addresses and all refuse, the message is empty and the reasons are inside. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/**
 * A lock and a search_path belong to a session. A pooler in transaction mode gives each statement any free session, so that one
 * client finds what another has set.
 * @throws MigrationError if the URL leads through such a pooler
 */
async function assertSession(client: pg.Client, url: string): Promise<void> {
  const mark = randomUUID()
  await client.query(`SET tidemark.session = '${mark}'`)
  const [own, others] = [await sessionMark(client), await askOnce(url, sessionMark)]
  if (own === mark && others !== mark) return
  throw new MigrationError(
    'DATABASE_OWNER_URL leads through a connection pooler in transaction mode (such as PgBouncer), and migrations need a ' +
      'session of their own. Use the direct address of Postgres, or the pooler in session mode. DATABASE_URL may stay as it is.',
  )
}

async function sessionMark(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query<{ mark: string | null }>(
    `SELECT current_setting('tidemark.session', true) AS mark`,
  )
  return rows[0]?.mark ?? null
}

async function askOnce<T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'tidemark migrate' })
  await client.connect()
  try {
    return await question(client)
  } finally {
    await client.end()
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(names.toSorted().map((name) => readMigration(folder, name)))
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const script = await readFile(join(folder, name, 'migration.sql'))
  return { name, script: script.toString('utf8'), checksum: createHash('sha256').update(script).digest('hex') }
}

/** Creates the schema and Prisma's table if they are missing, exactly as Prisma Migrate does. */
async function prepare(client: pg.Client, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`)
  await client.query(`
    CREATE TABLE IF NOT EXISTS ${historyTable(schema)} (
      id                  VARCHAR(36) PRIMARY KEY NOT NULL,
      checksum            VARCHAR(64) NOT NULL,
      finished_at         TIMESTAMPTZ,
      migration_name      VARCHAR(255) NOT NULL,
      logs                TEXT,
      rolled_back_at      TIMESTAMPTZ,
      started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
      applied_steps_count INTEGER NOT NULL DEFAULT 0
    )`)
}

function historyTable(schema: string): string {
  return `${pg.escapeIdentifier(schema)}._prisma_migrations`
}

async function readHistory(client: pg.Client, schema: string): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name, checksum, finished_at, rolled_back_at, logs FROM ${historyTable(schema)} ORDER BY started_at`,
  )
  // A migration that is marked as rolled back (`prisma migrate resolve`) may be applied again.
  return rows.filter((row) => row.rolled_back_at === null)
}

/** The migrations that are not applied yet. @throws MigrationError if the applied migrations are not those of the folder */
function findPending(migrations: readonly Migration[], history: readonly AppliedMigration[]): Migration[] {
  const failed = history.find((row) => row.finished_at === null)
  if (failed) {
    throw new MigrationError(
      `Migration ${failed.migration_name} failed earlier${failed.logs ? `: ${failed.logs}` : ' (the process was stopped)'}\n` +
        'Repair the database by hand. Then run `prisma migrate resolve --rolled-back` or `--applied`.',
    )
  }
  const inFolder = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const row of history) {
    const migration = inFolder.get(row.migration_name)
    if (!migration) {
      throw new MigrationError(
        `The database has the migration ${row.migration_name}, which the folder lacks. Run the release that has it, or a later one.`,
      )
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        `Migration ${row.migration_name} was changed after it was applied (checksum ${row.checksum} then, ` +
          `${migration.checksum} now). Restore the file, and put the change into a new migration.`,
      )
    }
  }
  const applied = new Set(history.map((row) => row.migration_name))
  return migrations.filter((migration) => !applied.has(migration.name))
}

/** Runs one file and records its start and end, so that a crash in between shows as a migration that never finished. */
async function applyMigration(client: pg.Client, schema: string, migration: Migration): Promise<void> {
  const table = historyTable(schema)
  const { id, name, checksum } = { id: randomUUID(), ...migration }
  await client.query(`INSERT INTO ${table} (id, checksum, migration_name) VALUES ($1, $2, $3)`, [id, checksum, name])
  try {
    // Unqualified names mean this schema only, not `public`, as with `?schema=` in a URL of Prisma.
    await client.query(`SET search_path = ${pg.escapeIdentifier(schema)}`)
    // Without parameters, pg sends the whole script in the simple protocol: one transaction, unless the script has its own.
    await client.query(migration.script)
  } catch (error) {
    await client.query('ROLLBACK')
    await client.query(`UPDATE ${table} SET logs = $2 WHERE id = $1`, [id, String(error)])
    throw new MigrationError(`Migration ${name} failed: ${String(error)}`, { cause: error })
  }
  await client.query(`UPDATE ${table} SET finished_at = now(), applied_steps_count = 1 WHERE id = $1`, [id])
}
