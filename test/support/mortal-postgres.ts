import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseSchema } from '../../src/database/client.js'
import { applyMigrations } from '../../src/database/migrate.js'
import { makePrivateFolder } from '../../src/local/data-folder.js'
import { startPostgres } from '../../src/local/postgres.js'
import { removePostgresFolder } from '../../src/local/postgres-home.js'

/** A cluster of a test's own, with Tidemark's tables and the source's in one database, that can be ended. */
export interface MortalPostgres extends AsyncDisposable {
  readonly url: string
  /** An orderly restart, as for an update: whoever is connected is thrown out. */
  restart(): Promise<void>
  /** The postmaster is killed (-9), and comes back after a recovery. */
  kill(): Promise<void>
}

export async function startMortalPostgres(): Promise<MortalPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-mortal-'))
  await makePrivateFolder(folder)
  const start = () => startPostgres({ folder, report: () => undefined })
  let server = await start()
  await server.ensureDatabase('mortal')
  const url = server.url('mortal')
  await applyMigrations({ url, schema: databaseSchema, folder: 'prisma/migrations' })
  await applyMigrations({ url, schema: 'analytics', folder: 'prisma/source/migrations' })
  return {
    url,
    restart: async () => {
      await server.stop()
      server = await start()
    },
    kill: async () => {
      const [pid] = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGKILL')
      await server.exited
      server = await start()
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await removePostgresFolder(folder)
    },
  }
}
