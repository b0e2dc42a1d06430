import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makePrivateFolder } from '../../../dev/machine/private-files.js'
import { removePostgresFolder } from '../../../dev/postgres/home.js'
import { urlFor } from '../../../dev/postgres/logins.js'
import { type LocalPostgres, startPostgres } from '../../../dev/postgres/server.js'
import { migrateDatabase } from '../../../src/compose/migration.js'
import { attack } from '../../support/attacks.js'
import { findDumpTools } from '../../support/postgres/dump-tools.js'
import { createMigratedDatabase, testLogins, urlsFor } from '../../support/postgres/postgres.js'
import { farFromMidnight, midnight } from '../../support/world/days.js'
import { createWorld } from '../../support/world/world.js'
import { filesGiveTheSource } from '../support/invariants.js'
import { seenNumbers } from './support/numbers.js'
import { openWarehouse, warehouseGivesTheSource } from './support/warehouse.js'

const tools = await findDumpTools('the restore of a dump')
const entities = ['site', 'user']
const changes = { inserts: 2, updates: 3, deletes: 1 }

/** Tidemark's own Postgres, as the page on recovery has it. */
interface OwnPostgres {
  readonly url: string
  readonly maintenanceUrl: string
  /** A new disk: an empty server under the same address, with the logins that `tidemark migrate` makes. */
  replace(): Promise<void>
}

async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-dumped-'))
  await makePrivateFolder(folder)
  const start = async (): Promise<LocalPostgres> => {
    const server = await startPostgres({ folder, report: () => undefined })
    await server.ensureDatabase('tidemark')
    const url = server.url('tidemark')
    await migrateDatabase(url, urlFor(url, testLogins.service))
    return server
  }
  let server = await start()
  onTestFinished(async () => {
    await server.stop()
    await removePostgresFolder(folder)
  })
  return {
    url: server.url('tidemark'),
    maintenanceUrl: server.url('postgres'),
    replace: async () => {
      await server.stop()
      await rm(await realpath(join(folder, 'data')), { recursive: true })
      server = await start()
    },
  }
}

test.runIf(tools)('a dump that is restored to a new database server continues with full loads', async () => {
  attack({ name: 'the disk of the database lost, and last night’s dump restored' })
  await farFromMidnight()
  const own = await startOwnPostgres()
  const source = await createMigratedDatabase()
  onTestFinished(() => source[Symbol.asyncDispose]())
  const world = await createWorld({
    database: urlsFor(own.url),
    environment: { SOURCE_DATABASE_URL: source.url },
  })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const tenant = await world.tenant()
  await tenant.register({ entityList: 'site, user' })
  await tenant.backfill(midnight(6), midnight(5))
  const numbers = seenNumbers(tenant)
  const consumer = await openWarehouse(world, tenant, 'early', entities)
  await tools!.dump(own.url, join(world.folder, 'tidemark.dump'))

  await tenant.mutate(changes)
  await tenant.backfill(midnight(4), midnight(3))
  await consumer.loader?.load()
  await numbers.look()
  await world.stopWorkers()
  await own.replace()
  await tools!.restore(own.maintenanceUrl, join(world.folder, 'tidemark.dump'))

  await world.startWorker()
  await tenant.mutate(changes)
  const run = await tenant.runNow()
  expect(run.entities.map(({ status, fullLoadReason }) => ({ status, fullLoadReason }))).toEqual(
    entities.map(() => ({ status: 'PUBLISHED', fullLoadReason: 'LEDGER_RESTORED' })),
  )
  await numbers.look()
  await tenant.mutate(changes)
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await numbers.look()
  await filesGiveTheSource(tenant)
  await warehouseGivesTheSource(tenant, consumer)
  await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'late', entities))
})
