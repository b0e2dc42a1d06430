import 'reflect-metadata'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateDatabase, migrateSampleSource } from '../../src/compose/migration.js'
import { readEnvironment } from '../../src/config/env.js'
import { searchAttributes } from '../../src/contracts.js'
import { makePrivateFolder } from '../../dev/machine/private-files.js'
import { openLogins, urlFor } from '../../dev/postgres/logins.js'
import { startPostgres } from '../../dev/postgres/server.js'
import { resetStack } from '../../dev/stack/reset.js'
import { findTemporalCli } from '../../dev/temporal/cli.js'
import { startTemporal } from '../../dev/temporal/server.js'

/** The embedded Postgres and Temporal for one part of the benchmark, as `npm start` runs them. */
export interface Servers extends AsyncDisposable {
  /** A temporary folder, removed in the end. */
  readonly folder: string
  /** With Tidemark's tables and the sample source's, empty: for their owner, and for the service. */
  readonly ownerUrl: string
  readonly databaseUrl: string
  readonly temporalAddress: string
}

export async function startServers(report: (line: string) => void): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
  await makePrivateFolder(folder)
  const cliPath = await findTemporalCli({ environment: readEnvironment(), report })
  const [postgres, temporal] = await Promise.all([
    startPostgres({ folder: join(folder, 'postgres'), report }),
    startTemporal({ cliPath, folder: join(folder, 'temporal'), namespace: 'default', searchAttributes, report }),
  ])
  await postgres.ensureDatabase('tidemark')
  const ownerUrl = postgres.url('tidemark')
  const databaseUrl = urlFor(ownerUrl, (await openLogins(folder)).service)
  await migrateDatabase(ownerUrl, databaseUrl)
  await migrateSampleSource(ownerUrl)
  return {
    folder,
    ownerUrl,
    databaseUrl,
    temporalAddress: temporal.address,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([postgres.stop(), temporal.stop()])
      await resetStack(folder, report)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
