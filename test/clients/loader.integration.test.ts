import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RegistrationInput } from '../../src/services/registrations/registration-input.js'
import { attack } from '../support/attacks.js'
import { createMigratedDatabase, createTestDatabase, type TestDatabase } from '../support/postgres/postgres.js'
import { anActor } from '../support/world/builders.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'
import { createLoader, type Loader } from './support/loader.js'
import { loaderPython } from './support/python.js'
import * as source from './support/warehouse-source.js'

/** `tidemark-load` on a real SFTP server, into every kind of warehouse. */

const python = await loaderPython('the loader')
const kills = Number(process.env['LOADER_KILLS'] ?? '10')

describe.runIf(python)('tidemark-load', () => {
  let folder: string
  let world: World
  let warehouse: TestDatabase
  beforeAll(async () => {
    await farFromMidnight()
    folder = await mkdtemp(join(tmpdir(), 'tidemark-loader-'))
    warehouse = await createTestDatabase()
    const CATALOG_FILE = await source.warehouseCatalog(folder, false)
    const database = await createMigratedDatabase()
    world = await createWorld({ worker: false, database, environment: { CATALOG_FILE } })
    await source.makeWarehouseTables(world)
    await world.startWorker()
  })
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await warehouse?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  /** One loader for each kind of warehouse that this machine has, over SFTP or from the server's folder. */
  function loaders(tenant: TestTenant, name: string): Loader[] {
    const { SFTP_HOST, SFTP_PORT, SFTP_HOST_KEY_FINGERPRINT = '' } = { ...world.environment, ...world.sftp.direct }
    const overSftp = ['--from', `sftp://writer@${SFTP_HOST}:${SFTP_PORT}/`, '--host-key', SFTP_HOST_KEY_FINGERPRINT]
    const fromFolder = ['--from', world.sftp.folder]
    const targets = [
      { target: `sqlite:${join(folder, `${name}.sqlite`)}`, from: overSftp },
      ...(python?.modules.has('duckdb')
        ? [
            { target: `duckdb:${join(folder, `${name}.duckdb`)}`, from: fromFolder },
            { target: `parquet:${join(folder, name)}`, from: overSftp },
          ]
        : []),
      ...(python?.modules.has('psycopg') ? [{ target: warehouse.url, from: fromFolder }] : []),
    ]
    return targets.map(({ target, from }, index) =>
      createLoader({
        python: python!,
        target,
        from: [...from, '--tenant', tenant.id],
        work: join(folder, `${name}-work-${index}`),
        environment: { TIDEMARK_SFTP_PASSWORD: world.sftp.secret },
      }),
    )
  }

  async function expectEqual(tenant: TestTenant, loader: Loader): Promise<void> {
    const loaded = await loader.rows(...source.tables)
    for (const [table, rows] of loaded) {
      expect(rows.length, `${table} in ${loader.target}`).toBeGreaterThan(0)
      const inSource = await source.sourceRows(world, tenant.id, table, Object.keys(rows[0]!))
      expect(source.sorted(rows), `${table} in ${loader.target}`).toEqual(source.sorted(inSource))
    }
  }

  async function expectLoaded(tenant: TestTenant, loader: Loader, ...more: string[]) {
    const { exitCode, events, errors } = await loader.load(...more)
    expect({ exitCode, errors, failed: events.filter(({ event }) => event === 'failed') }).toEqual({
      exitCode: 0,
      errors: '',
      failed: [],
    })
    await expectEqual(tenant, loader)
    return events
  }

  const both = (fileFormat: RegistrationInput['fileFormat']) => ({ entityList: 'thing, pair', fileFormat })

  async function redelivered(tenant: TestTenant, from: Date, to: Date): Promise<void> {
    const started = await world.useCases.runs.redeliver(anActor(tenant.id), { from, to })
    if (!started.ok) throw new Error('refused')
    expect((await tenant.finished(started.value.id)).status).toBe('SUCCEEDED')
  }

  test('every warehouse equals the source after each kind of delivery, and from scratch (promises 2, 5, 6, 10, 12)', async () => {
    attack({ name: 'deliveries that a loader has to load, in every warehouse', times: 12 })
    const tenant = await world.tenant({ rows: {} })
    const all = loaders(tenant, 'steps')
    let turn = 0
    /** Changes the source, delivers, loads, compares. */
    const step = async (deliver: () => Promise<unknown>, at?: Date) => {
      turn += 1
      if (at) {
        await source.changeRows(world, tenant.id, turn, at)
        await source.insertRows(world, tenant.id, `t${turn}-`, 12, at)
      }
      await deliver()
      return Promise.all(all.map((loader) => expectLoaded(tenant, loader)))
    }
    const day = (daysAgo: number) => () => tenant.backfill(midnight(daysAgo))

    await source.insertRows(world, tenant.id, 'a', 40, midnight(20))
    await tenant.register(both({}))
    await step(day(12))
    await step(day(11), midnight(11.5))
    await tenant.register(both({ maxPartMegabytes: 1 }))
    await source.insertRows(world, tenant.id, 'many', 3000, midnight(10.5))
    await step(day(10), midnight(10.5))
    await tenant.register(both({ compression: 'GZIP', delimiter: 'SEMICOLON', quoting: 'ALL', escapeFormulas: true }))
    await step(day(9), midnight(9.5))
    await tenant.register(both({ delimiter: 'TAB' }))

    const events = await step(() => redelivered(tenant, midnight(12), midnight(10)))
    for (const each of events) {
      const merged = each.filter(({ event, revision }) => event === 'loaded' && revision === 2)
      expect(merged.map(({ entity, action }) => [entity, action])).toContainEqual(['thing', 'merged'])
    }

    // A new column. The rows of before have NULL.
    await source.addExtra(world)
    await world.stopWorkers()
    await world.startWorker({ CATALOG_FILE: await source.warehouseCatalog(folder, true) })
    await step(day(8), midnight(8.5))

    // An entity off and on.
    await tenant.register({ entityList: 'pair' })
    await source.changeRows(world, tenant.id, 100, midnight(7.5))
    await tenant.backfill(midnight(7))
    await tenant.register(both({}))
    await step(day(6), midnight(6.5))

    const asked = await world.useCases.runs.requestFullLoad(anActor(tenant.id), {
      entityList: 'thing',
      when: 'WITH_NEXT_RUN',
    })
    expect(asked.ok).toBe(true)
    await step(day(5), midnight(5.5))

    // A second run on the same day replaces its files.
    await step(() => tenant.runNow(), new Date())
    await step(() => tenant.runNow(), new Date())
    await step(() => redelivered(tenant, midnight(30), new Date()))

    for (const loader of all) {
      const scratch = await expectLoaded(tenant, loader, '--from-scratch')
      expect(scratch.filter(({ action }) => action === 'replaced').map(({ entity }) => entity)).toEqual([
        'pair',
        'thing',
      ])
    }
    for (const loader of loaders(tenant, 'scratch').slice(0, 3)) await expectLoaded(tenant, loader)
  }, 900_000)

  test('a loader that is killed at a random moment ends with the rows of the source when it runs again (promise 2)', async () => {
    attack({ name: 'kill -9 of the loader', times: kills })
    const tenant = await world.tenant({ rows: {} })
    await tenant.register(both({}))
    for (const daysAgo of [9, 8, 7, 6]) {
      await source.changeRows(world, tenant.id, daysAgo, midnight(daysAgo + 0.5))
      await source.insertRows(world, tenant.id, `d${daysAgo}-`, 400, midnight(daysAgo + 0.5))
      await tenant.backfill(midnight(daysAgo))
    }
    await redelivered(tenant, midnight(8), midnight(7))
    const rotation = loaders(tenant, 'kills').slice(0, 3)
    for (let kill = 0; kill < kills; kill++) {
      const loader = rotation[kill % rotation.length]!
      await loader.killed(100 + Math.random() * 1500)
      await expectLoaded(tenant, loader)
      await rm(loader.target.replace(/^\w+:/, ''), { recursive: true, force: true })
    }
  }, 3_600_000)
})
