import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { World } from '../../../support/world/world.js'

/** A backup of one of the memories of a world. Nothing may use the memory while it is restored. */
export interface Backup {
  restore(): Promise<void>
}

/** Copies the rows of all tables of Tidemark within its Postgres. The source, in the same database, stays as it is. */
export async function backUpLedger({ ownerUrl }: World, name: string): Promise<Backup> {
  const tables = await inOrder(ownerUrl, [
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'tidemark' AND tablename <> '_prisma_migrations'`,
  ])
  await inOrder(ownerUrl, [
    `CREATE SCHEMA ${name}`,
    ...tables.map((table) => `CREATE TABLE ${name}."${table}" AS TABLE tidemark."${table}"`),
  ])
  return {
    restore: async () => {
      await inOrder(ownerUrl, [
        `BEGIN`,
        // As pg_restore does it: without triggers and without the order of foreign keys.
        `SET LOCAL session_replication_role = replica`,
        `TRUNCATE ${tables.map((table) => `tidemark."${table}"`).join(', ')}`,
        ...tables.map((table) => `INSERT INTO tidemark."${table}" SELECT * FROM ${name}."${table}"`),
        `COMMIT`,
      ])
    },
  }
}

/** Copies everything that is stored on the SFTP server. */
export async function backUpServer({ folder, sftp }: World, name: string): Promise<Backup> {
  const [stored, copy] = [join(sftp.folder, 'exports'), join(folder, name)]
  await cp(stored, copy, { recursive: true, preserveTimestamps: true })
  return {
    restore: async () => {
      await rm(stored, { recursive: true })
      await cp(copy, stored, { recursive: true, preserveTimestamps: true })
    },
  }
}

/** Returns the names that the last statement answers with. */
async function inOrder(url: string, statements: readonly string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let names: string[] = []
    for (const statement of statements) {
      names = (await client.query<{ name: string }>(statement)).rows.map((row) => row.name)
    }
    return names
  } finally {
    await client.end()
  }
}
