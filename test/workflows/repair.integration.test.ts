import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Run } from '../../src/domain/run.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import { codes, csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const actorOf = ({ id }: TestTenant) => anActor(id)

async function redelivered(tenant: TestTenant, from: Date, to: Date, entityList?: string): Promise<Run> {
  const started = await world.useCases.runs.redeliver(actorOf(tenant), { from, to, entityList })
  if (!started.ok) throw new Error(`refused: ${started.userErrors[0]?.message}`)
  return tenant.finished(started.value.id)
}

/** Three days: a full load, a delta with rows of its own, and one more. */
async function threeDays(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 30, site_category: 4, site: 6 }, before: midnight(4) })
  await tenant.register({ entityList: 'site category, site' })
  await tenant.backfill(midnight(3))
  await world.sql(
    `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at)
     SELECT $1, 'new-' || n, 'new', n, true, $2 FROM generate_series(1, 5) n`,
    [tenant.id, midnight(2.5)],
  )
  await tenant.backfill(midnight(2), midnight(1))
  return tenant
}

const fileOf = async (tenant: TestTenant, entity: string, to: Date) =>
  (await tenant.delivered()).find(
    ({ resource }) => resource.entity === entity && resource.window.to === to.toISOString(),
  )

describe('redeliver', () => {
  test('a redelivery writes a past window again with the next revision and the same sequence, and the manifest marks it', async () => {
    const tenant = await threeDays()
    const before = await fileOf(tenant, 'site_category', midnight(2))
    const watermarks = await world.useCases.deliveries.watermarks(tenant.id)
    const run = await redelivered(tenant, midnight(3), midnight(2))

    expect(run).toMatchObject({ status: 'SUCCEEDED', trigger: 'REDELIVERY' })
    expect(run.entities.map(({ entity, status, to, revision }) => [entity, status, to, revision])).toEqual([
      ['site', 'PUBLISHED', midnight(2), 2],
      ['site_category', 'PUBLISHED', midnight(2), 2],
    ])
    const after = await fileOf(tenant, 'site_category', midnight(2))
    expect(codes(csvRows(after!.file.content))).toEqual(codes(csvRows(before!.file.content)))
    expect(after?.resource).toMatchObject({ revision: 2, sequence: 2, previous: 1, redelivered: true, rows: 5 })
    expect(await world.useCases.deliveries.watermarks(tenant.id)).toEqual(watermarks)
    expect(await tenant.hiddenFiles()).toEqual([])
  })

  test('a row that has changed since the window is not in its redelivery, but only in the later file (promise 2)', async () => {
    const tenant = await threeDays()
    const delivered = codes(csvRows((await fileOf(tenant, 'site_category', midnight(2)))!.file.content))
    await world.sql(`UPDATE analytics.site_category SET name = 'changed' WHERE tenant_code = $1 AND code = $2`, [
      tenant.id,
      delivered[0],
    ])
    await tenant.runNow()
    await redelivered(tenant, midnight(3), midnight(2), 'site category')
    const again = codes(csvRows((await fileOf(tenant, 'site_category', midnight(2)))!.file.content))
    expect(again).toEqual(delivered.slice(1))
    for (const found of await tenant.compare()) {
      expect(found).toMatchObject({ onlyInSource: 0, onlyDelivered: 0, miscounted: 0 })
    }
  })

  test('one redelivery writes several windows of an entity, and the next run continues from the watermark (promise 3)', async () => {
    const tenant = await threeDays()
    const run = await redelivered(tenant, new Date(0), midnight(0))
    expect(run.entities.map(({ entity, to, mode }) => [entity, to, mode])).toEqual([
      ['site', midnight(3), 'FULL'],
      ['site', midnight(2), 'DELTA'],
      ['site', midnight(1), 'DELTA'],
      ['site_category', midnight(3), 'FULL'],
      ['site_category', midnight(2), 'DELTA'],
      ['site_category', midnight(1), 'DELTA'],
    ])
    expect(run.status).toBe('SUCCEEDED')
    const [next] = await tenant.backfill(midnight(0))
    expect(next?.entities).toMatchObject([
      { entity: 'site', mode: 'DELTA', from: midnight(1) },
      { entity: 'site_category', mode: 'DELTA', from: midnight(1) },
    ])
    const chain = (await tenant.delivered())
      .filter(({ resource }) => resource.entity === 'site_category')
      .map(({ resource }) => [resource.sequence, resource.previous, resource.revision])
    expect(chain).toEqual([
      [1, null, 2],
      [2, 1, 2],
      [3, 2, 2],
      [4, 3, 1],
    ])
    for (const found of await tenant.compare()) {
      expect(found).toMatchObject({ onlyInSource: 0, onlyDelivered: 0, miscounted: 0 })
    }
  })
})

describe('a full load that is asked for now', () => {
  test('a full load that is requested now is made at once, only for its entities (promise 5)', async () => {
    const tenant = await threeDays()
    const asked = await world.useCases.runs.requestFullLoad(actorOf(tenant), {
      entityList: 'site category',
      when: 'NOW',
    })
    if (!asked.ok || !asked.value.run) throw new Error('it was not started')
    const run = await tenant.finished(asked.value.run.id)
    expect(run.entities).toMatchObject([
      { entity: 'site_category', mode: 'FULL', fullLoadReason: 'REQUESTED', status: 'PUBLISHED' },
    ])
    // A later run of the same day replaces its file by a superset (promise 6). The request is done.
    const next = await tenant.runNow()
    expect(next.entities.map(({ entity, mode, fullLoadReason }) => [entity, mode, fullLoadReason])).toEqual([
      ['site', 'DELTA', null],
      ['site_category', 'FULL', 'REQUESTED'],
    ])
    const watermarks = await world.useCases.deliveries.watermarks(tenant.id)
    expect([...watermarks.values()].map(({ fullLoadRequested }) => fullLoadRequested)).toEqual([false, false])
  })
})
