import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrateSampleSource } from '../../src/compose/migration.js'
import { type OpenSsh, startOpenSsh } from '../../test/support/sftp/openssh.js'
import { openSshAvailability } from '../../test/support/sftp/openssh-availability.js'
import { removePostgresFolder } from '../../dev/postgres/home.js'
import { startPostgres } from '../../dev/postgres/server.js'

/** A real Postgres and a real OpenSSH server, for nothing but the benchmark. */
export interface Place extends AsyncDisposable {
  /** The source database. */
  readonly url: string
  readonly postgresPid: number
  readonly ssh: OpenSsh
  query<T extends pg.QueryResultRow>(text: string): Promise<pg.QueryResult<T>>
}

const database = 'bench'

/** @throws where there is no OpenSSH server, and none can be installed. */
export async function openPlace(progress: (line: string) => void): Promise<Place> {
  const openSsh = await openSshAvailability()
  if (!openSsh.available) throw new Error(`The benchmark needs OpenSSH's server: ${openSsh.reason}`)
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), report: progress })
  await postgres.ensureDatabase(database)
  const url = postgres.url(database)
  await migrateSampleSource(url)
  const ssh = await startOpenSsh()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    url,
    postgresPid: Number((await readFile(join(folder, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]),
    ssh,
    query: (text) => client.query(text),
    [Symbol.asyncDispose]: async () => {
      await client.end()
      await ssh.stop()
      await postgres.stop()
      await removePostgresFolder(join(folder, 'postgres'))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
