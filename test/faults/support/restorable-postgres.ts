import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { applyMigrations } from '../../../src/database/migrate.js'
import { makePrivateFolder } from '../../../dev/machine/private-files.js'
import { type LocalPostgres, startPostgres } from '../../../dev/postgres/server.js'
import { removePostgresFolder } from '../../../dev/postgres/home.js'

/** A cluster of a test's own, with the source's tables, that can be set back to a backup. */
export interface RestorablePostgres extends AsyncDisposable {
  readonly url: string
  /** Copies the files of the stopped server, and starts it again. */
  backUp(): Promise<void>
  /** Puts the copy in place and recovers from it, as after a disaster. A new timeline begins. */
  restore(): Promise<void>
}

const run = promisify(execFile)

export async function startRestorablePostgres(): Promise<RestorablePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-restorable-'))
  await makePrivateFolder(folder)
  // With the least of WAL there is no recovery from an archive.
  const start = () => startPostgres({ folder, settings: { wal_level: 'replica' }, report: () => undefined })
  let server: LocalPostgres = await start()
  await server.ensureDatabase('source')
  const url = server.url('source')
  await applyMigrations({ url, schema: 'analytics', folder: 'prisma/source/migrations' })
  const data = await realpath(join(folder, 'data'))
  const backup = `${data}.backup`
  return {
    url,
    backUp: async () => {
      await server.stop()
      // Not by Node: its copy would belong to us, where Postgres runs as another user.
      await run('cp', ['-a', data, backup])
      server = await start()
    },
    restore: async () => {
      await server.stop()
      await rm(data, { recursive: true })
      await run('cp', ['-a', backup, data])
      await run('cp', ['-a', join(data, 'PG_VERSION'), join(data, 'recovery.signal')])
      await appendFile(join(data, 'postgresql.auto.conf'), "restore_command = 'false'\n")
      server = await start()
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await rm(backup, { recursive: true, force: true })
      await removePostgresFolder(folder)
    },
  }
}
