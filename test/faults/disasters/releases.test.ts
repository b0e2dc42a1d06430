import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTokenAuthority, type TokenAuthority } from '../../support/api/token-authority.js'
import { attack } from '../../support/attacks.js'
import { farFromMidnight, midnight } from '../../support/world/days.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { holdFiles } from '../support/invariants.js'
import { install, type Installation } from './support/installation.js'
import { buildLastRelease, thisRelease } from './support/releases.js'
import type { RunAnswer } from './support/tenant-client.js'
import { openWarehouse, warehouseGivesTheSource } from './support/warehouse.js'

/** The last release and this one in processes of their own, with one database, and with runs under way. */

const entities = ['site', 'user']
const changes = { inserts: 2, updates: 3, deletes: 1 }
const deltas = { status: 'SUCCEEDED', entities: entities.map(() => ({ mode: 'DELTA', status: 'PUBLISHED' })) }

const built = await buildLastRelease('upgrade and rollback')

describe.runIf(built)('the last release and this one', () => {
  const last = built!
  let authority: TokenAuthority
  beforeAll(async () => {
    await farFromMidnight()
    authority = await startTokenAuthority()
  })
  afterAll(async () => {
    await authority?.[Symbol.asyncDispose]()
    await last[Symbol.asyncDispose]()
  })

  /** A tenant with a full load and a delta, and with rows for the next file. */
  async function aTenant(installation: Installation): Promise<TestTenant> {
    const tenant = await installation.world.tenant({
      rows: { user: 40, site: 9, site_category: 3 },
      before: midnight(3),
    })
    await installation.clientOf(tenant).register('entityList: "site, user"')
    expect(await installation.runAt(tenant, midnight(2))).toMatchObject({ status: 'SUCCEEDED' })
    expect(await installation.runAt(tenant, midnight(1))).toMatchObject(deltas)
    await tenant.mutate(changes)
    return tenant
  }

  /** A run of all rows until now. */
  async function nextRun(installation: Installation, tenant: TestTenant): Promise<RunAnswer> {
    await tenant.mutate(changes)
    const client = installation.clientOf(tenant)
    return client.ended(await client.startRun())
  }

  async function nothingIsLost({ world }: Installation, tenant: TestTenant): Promise<void> {
    await holdFiles(world, tenant)
    await warehouseGivesTheSource(tenant, await openWarehouse(world, tenant, 'all', entities))
  }

  test('an upgrade with a run under way loses nothing, and the old API answers until it is replaced', async () => {
    attack({ name: 'an upgrade from the last release with a run under way' })
    const installation = await install(last, authority)
    const { world } = installation
    const tenant = await aTenant(installation)
    const client = installation.clientOf(tenant)
    const settings = installation.clientOf(await world.tenant({ rows: { user: 9 } }))
    await settings.register('exportOption: EXPORT_ALL, frequency: WEEKLY, fileFormat: { compression: GZIP }')
    const registered = '{ dataExport { exportOption frequency fileFormat { compression } entityList version } }'
    const before = await settings.ask(registered)

    const held = await installation.holdRun(tenant)
    await installation.stopWorker()
    await installation.migrate(thisRelease)
    await installation.replaceWorker(thisRelease)
    await held.release()
    expect(await client.ended(held.id)).toMatchObject(deltas)
    expect(await nextRun(installation, tenant)).toMatchObject(deltas)
    await installation.replaceApi(thisRelease)
    expect(await settings.ask(registered)).toEqual(before)
    expect(await nextRun(installation, tenant)).toMatchObject(deltas)
    await nothingIsLost(installation, tenant)
  })

  test('a rollback is refused while a run is going on, and the last release continues the chains', async () => {
    attack({ name: 'a rollback to the last release with a run under way, and an upgrade again' })
    const installation = await install(last, authority)
    const { world } = installation
    const restored = await aTenant(installation)
    const waiting = await aTenant(installation)
    await installation.migrate(thisRelease)
    await installation.replaceWorker(thisRelease)
    await installation.replaceApi(thisRelease)
    // So that the ledger has a reason that the last release does not know.
    await world.own(`UPDATE tidemark.watermark SET "to" = "to" + interval '1 day' WHERE tenant_id = '${restored.id}'`)
    expect(await nextRun(installation, restored)).toMatchObject({
      entities: entities.map(() => ({ mode: 'FULL', fullLoadReason: 'LEDGER_RESTORED' })),
    })
    const held = await installation.holdRun(waiting)

    await installation.stopWorker()
    await expect(installation.migrateBack()).rejects.toThrow(`${held.id} of ${waiting.id}`)
    await installation.replaceApi(last)
    await installation.replaceWorker(last)
    await held.release()
    await installation.cannotContinue(held.id, 'Nondeterminism')
    await installation.replaceWorker(thisRelease)
    expect(await installation.clientOf(waiting).ended(held.id)).toMatchObject(deltas)

    await installation.stopWorker()
    await installation.migrateBack()
    await installation.replaceWorker(last)
    expect(await nextRun(installation, restored)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await nextRun(installation, waiting)).toMatchObject(deltas)

    await installation.replaceWorker(thisRelease)
    await installation.replaceApi(thisRelease)
    expect(await nextRun(installation, waiting)).toMatchObject(deltas)
    // Files of one day that begin with a full load are replaced by a full load.
    expect(await nextRun(installation, restored)).toMatchObject({ status: 'SUCCEEDED' })
    for (const tenant of [restored, waiting]) await nothingIsLost(installation, tenant)
  })
})
