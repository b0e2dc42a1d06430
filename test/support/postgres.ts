import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/** Holds Tidemark's tables and the source's, empty. */
export const templateDatabase = 'tidemark_template'

export interface TestDatabase extends AsyncDisposable {
  readonly url: string
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
    url: urlOf(name),
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
