import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { connectAsOwner, MigrationError, type MigrationSource } from './migrate.js'

/**
 * Changes rows that an earlier release cannot read, so that its programs can use the tables of this release.
 * The folder has one file for each such release: `<folder>/<release>.sql`.
 * @throws MigrationError saying why the release cannot use this database; then nothing is changed
 */
export async function prepareRollback({ url, schema, folder }: MigrationSource, release: string): Promise<void> {
  const releases = (await readdir(folder)).map((file) => file.replace(/\.sql$/, ''))
  if (!releases.includes(release)) {
    throw new MigrationError(
      `A rollback to ${release} is not supported. Restore a backup, or go back to ${releases.join(', ')}.`,
    )
  }
  const script = await readFile(join(folder, `${release}.sql`), 'utf8')
  const client = await connectAsOwner(url)
  try {
    await client.query('BEGIN')
    await client.query(`SET LOCAL search_path = ${pg.escapeIdentifier(schema)}`)
    await client.query(script)
    await client.query('COMMIT')
  } catch (error) {
    throw new MigrationError(error instanceof Error ? error.message : String(error), { cause: error })
  } finally {
    await client.end()
  }
}
