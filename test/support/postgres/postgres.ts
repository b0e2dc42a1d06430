import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { migrateDatabase, migrateSampleSource } from '../../../src/compose/migration.js'
import { ensureReader, type Logins, urlFor } from '../../../dev/postgres/logins.js'

/** Holds Tidemark's tables and the source's, empty. */
export const templateDatabase = 'tidemark_template'

export interface DatabaseUrls {
  /** For the owner of everything, the superuser. */
  readonly url: string
  /** For Tidemark itself, once its tables are there. */
  readonly serviceUrl: string
  /** For whoever reads the source, once its tables are there. */
  readonly readerUrl: string
}

export interface TestDatabase extends DatabaseUrls, AsyncDisposable {}

/** The logins of every Postgres of the tests. */
export const testLogins: Logins = {
  service: { username: 'tidemark_app', password: 'of the service' },
  reader: { username: 'tidemark_reader', password: 'of the reader' },
}

/** What a database is reached by, beside the URL for its owner. */
export function urlsFor(url: string): DatabaseUrls {
  return { url, serviceUrl: urlFor(url, testLogins.service), readerUrl: urlFor(url, testLogins.reader) }
}

/** Tidemark's tables and the source's, empty, with the logins that use them. */
export async function migrateTestDatabase(url: string): Promise<void> {
  await migrateDatabase(url, urlFor(url, testLogins.service))
  await migrateSampleSource(url)
  await ensureReader(url, testLogins.reader)
}

/** An empty database of the test's own on the test run's Postgres, dropped when it is disposed of. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase('template1')
}

/** A database of the test's own with Tidemark's tables and the source's, empty. */
export function createMigratedDatabase(): Promise<TestDatabase> {
  return createDatabase(templateDatabase)
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
  return {
    ...urlsFor(urlOf(name)),
    [Symbol.asyncDispose]: () => administer(`DROP DATABASE ${name} WITH (FORCE)`),
  }
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf('postgres') })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function urlOf(database: string): string {
  return inject('postgresUrl').replace('DATABASE', database)
}
