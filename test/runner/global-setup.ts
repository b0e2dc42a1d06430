import 'reflect-metadata'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { readEnvironment } from '../../src/config/env.js'
import { searchAttributes } from '../../src/contracts.js'
import { migrateTestDatabase, templateDatabase } from '../support/postgres/postgres.js'
import { makePrivateFolder } from '../../dev/machine/private-files.js'
import { resetStack } from '../../dev/stack/reset.js'
import { startPostgres } from '../../dev/postgres/server.js'
import { findTemporalCli } from '../../dev/temporal/cli.js'
import { startTemporal } from '../../dev/temporal/server.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the test run's Postgres, with `DATABASE` where the database's name goes. */
    postgresUrl: string
    temporalAddress: string
    /** The workflows, bundled once: a file. */
    workflowBundle: string
  }
}

const report = (line: string): void => console.log(line)

/** One Postgres and one Temporal server for all tests of a run; each test has a database and a task queue of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-tests-'))
  await makePrivateFolder(folder)
  const [postgres, temporal, workflowBundle] = await Promise.all([
    // Some writers of the random histories prepare their transactions.
    startPostgres({ folder: join(folder, 'postgres'), settings: { max_prepared_transactions: '50' }, report }),
    findTemporalCli({ environment: readEnvironment(), report }).then((cliPath) =>
      startTemporal({ cliPath, folder: join(folder, 'temporal'), namespace: 'default', searchAttributes, report }),
    ),
    bundleWorkflows(join(folder, 'workflow-bundle.js')),
  ])
  await makeTemplate(postgres.url('postgres'), postgres.url(templateDatabase))
  project.provide('postgresUrl', postgres.url('DATABASE'))
  project.provide('temporalAddress', temporal.address)
  project.provide('workflowBundle', workflowBundle)
  return async () => {
    await Promise.all([postgres.stop(), temporal.stop()])
    await resetStack(folder, report)
    await rm(folder, { recursive: true })
  }
}

/** Each worker would take more than a second for it. */
async function bundleWorkflows(file: string): Promise<string> {
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url))
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
  await writeFile(file, code)
  return file
}

/** The database that tests clone: Tidemark's tables and the source's, empty. */
async function makeTemplate(adminUrl: string, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  await client.query(`CREATE DATABASE ${templateDatabase}`)
  await client.end()
  await migrateTestDatabase(url)
}
