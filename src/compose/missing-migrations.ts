import { readdir } from 'node:fs/promises'
import type { Database } from '../database/client.js'
import { appliedMigrations } from '../database/operations/applied-migrations.js'
import { besideSource } from './beside-source.js'

/** The migrations of this release that the database lacks. It may have more: then a later release is being installed. */
export async function missingMigrations(database: Database): Promise<string[]> {
  const entries = await readdir(besideSource('prisma/migrations'), { withFileTypes: true })
  const ofRelease = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const applied = new Set(await appliedMigrations(database))
  return ofRelease.filter((name) => !applied.has(name))
}
