import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ExportError } from '../../../src/domain/errors.js'
import { begunRun, monday, noon, sinceMonday, superseded, tuesday, watermarkOf } from '../support/begun-run.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  firstLoad,
  newTenant,
  publishFile,
  publishOnce,
  openStores,
  type Stores,
} from '../../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const done = async (): Promise<void> => undefined

test('a file is refused if the watermark has moved since it was planned (promise 3)', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  const previousDeliveryId = (await watermarkOf(stores, tenantId, 'user'))!.deliveryId
  const stale = await stores.runs.begin(
    aNewRun(tenantId, { to: tuesday }),
    aPlan({ entity: 'user', load: sinceMonday, previousDeliveryId }),
  )
  const claim = await claimOf(stores, stale, 'user')
  await moveBehindOurBack(tenantId)
  const [moved, rename] = [await watermarkOf(stores, tenantId, 'user'), vi.fn<typeof done>(done)]
  await expect(publishFile(stores, claim, aFile(stale, 'user'), rename)).rejects.toMatchObject(superseded)
  expect(rename).not.toHaveBeenCalled()
  expect(await watermarkOf(stores, tenantId, 'user')).toEqual(moved)
})

test('a first file is refused if another run has published one (promise 3)', async () => {
  const run = await begunRun(stores, 'user')
  const claim = await claimOf(stores, run, 'user')
  await moveBehindOurBack(run.tenantId)
  const rename = vi.fn<typeof done>(done)
  await expect(publishFile(stores, claim, aFile(run, 'user'), rename)).rejects.toMatchObject(superseded)
  expect(rename).not.toHaveBeenCalled()
})

test('the database refuses to move a watermark back (promise 3)', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: monday })
  const back = stores.query(`UPDATE watermark SET "to" = "to" - interval '1 ms' WHERE tenant_id = $1`, [tenantId])
  await expect(back).rejects.toThrow('would go back')
  const watermark = await watermarkOf(stores, tenantId, 'user')
  const planned = { entity: 'user', load: firstLoad, previousDeliveryId: watermark!.deliveryId }
  const early = await stores.runs.begin(aNewRun(tenantId, { to: new Date('2026-11-22T00:00:00Z') }), aPlan(planned))
  const rename = vi.fn<typeof done>(done)
  const publishing = publishFile(stores, await claimOf(stores, early, 'user'), aFile(early, 'user'), rename)
  await expect(publishing).rejects.toBeInstanceOf(ExportError)
  expect(rename).not.toHaveBeenCalled()
  expect(await watermarkOf(stores, tenantId, 'user')).toEqual(watermark)
})

test('each entity of each tenant has a watermark of its own', async () => {
  const [tenantId, other] = [newTenant(), newTenant()]
  await publishOnce(stores, tenantId, 'user', { to: monday })
  await publishOnce(stores, tenantId, 'feed', { to: tuesday })
  await publishOnce(stores, other, 'user', { to: noon })
  const found = await stores.deliveries.watermarks(tenantId)
  expect([...found].map(([entity, { to }]) => [entity, to]).toSorted()).toEqual([
    ['feed', tuesday],
    ['user', monday],
  ])
})

/** As a second run of the same tenant would, which the index on running runs forbids. */
async function moveBehindOurBack(tenantId: string): Promise<void> {
  const deliveryId = randomUUID()
  await stores.query(
    `INSERT INTO delivery (id, tenant_id, entity, run_id, day, revision, sequence, schema_version, path, mode,
                             full_load_reason, "to", snapshot, system_identifier, columns, rows, source_rows, bytes,
                             sha256, attempts, intended_at, published_at)
       VALUES ($1, $2, 'user', gen_random_uuid(), '2026-11-23', 9, 9, 1, '/x', 'FULL', 'FIRST', $3, '1:1:', '1',
               'c:string', 0, 0, 0, '', 1, now(), now())`,
    [deliveryId, tenantId, noon],
  )
  await stores.query(
    `INSERT INTO watermark (tenant_id, entity, "to", delivery_id, updated_at) VALUES ($1, 'user', $3, $2, now())
       ON CONFLICT (tenant_id, entity) DO UPDATE SET "to" = excluded."to", delivery_id = excluded.delivery_id`,
    [tenantId, deliveryId, noon],
  )
}
