import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeOldFilesWorkflow } from '../../src/contracts.js'
import type { TenantEvent } from '../../src/domain/event.js'
import { anActor } from '../support/world/builders.js'
import { eventually } from '../support/eventually.js'
import { midnight } from '../support/world/days.js'
import type { TestTenant } from '../support/world/tenant.js'
import { schemaProblems } from '../support/events/event-schema.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ environment: { EXPORT_RETENTION_DAYS: '10', EXPIRY_NOTICE_DAYS: '3' } })
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** Every event of the tenant, each of which matches the published schema of its type. */
async function eventsOf(tenant: TestTenant): Promise<readonly TenantEvent[]> {
  const { edges } = await world.useCases.eventFeed.page(anActor(tenant.id), { first: 100 })
  const events = edges.map(({ node }) => node)
  expect(events.flatMap(schemaProblems)).toEqual([])
  return events
}
const typesOf = async (tenant: TestTenant) => (await eventsOf(tenant)).map(({ type }) => type)
const ofFullLoad = ['export.files.delivered', 'export.full_load.delivered']

describe('the events of real runs', () => {
  test('each run has its files in one event, with the numbers of the ledger and the path of the manifest', async () => {
    const tenant = await world.tenant({ rows: { user: 30, site_category: 1, site: 2 } })
    await tenant.register({ entityList: 'user, site' })
    const [full, delta] = await tenant.backfill(midnight(3), midnight(2))
    expect(await typesOf(tenant)).toEqual(['registration.changed', ...ofFullLoad, 'export.files.delivered'])
    const [, first, , second] = await eventsOf(tenant)
    expect(first?.data).toMatchObject({ runId: full?.id, manifest: full?.manifestPath })
    expect(second?.data).toMatchObject({
      ...{ runId: delta?.id, trigger: 'SCHEDULED', manifest: delta?.manifestPath, totals: { files: 2 } },
      entities: delta?.entities.map(({ entity, rows, bytes, path, sha256, revision, from, to }) => ({
        ...{ entity, rows: Number(rows), bytes: Number(bytes), paths: [path], sha256, revision },
        ...{ mode: 'DELTA', sequence: 2, empty: rows === 0n, from: from?.toISOString(), to: to.toISOString() },
      })),
    })
  })

  test('no value of a row is in an event', async () => {
    const tenant = await world.tenant({ rows: { user: 40 } })
    await tenant.register({ entityList: 'user' })
    await tenant.runNow()
    const rows = await world.sql<Record<string, unknown>>('SELECT * FROM analytics."user" WHERE tenant_code = $1', [
      tenant.id,
    ])
    const text = JSON.stringify(await eventsOf(tenant))
    const values = rows.flatMap((row) => Object.entries(row)).filter(([name]) => name !== 'tenant_code')
    const personal = values.map(([, value]) => value).filter((value) => typeof value === 'string' && /[@ ]/.test(value))
    expect(personal.length).toBeGreaterThan(5)
    for (const value of personal) expect(text).not.toContain(value)
  })

  test('a redelivery has its own event, and no event says that files are new', async () => {
    const tenant = await world.tenant({ rows: { user: 5 } })
    await tenant.register({ entityList: 'user' })
    await tenant.backfill(midnight(3))
    const asked = await world.useCases.runs.redeliver(anActor(tenant.id), { from: midnight(5), to: midnight(2) })
    if (!asked.ok) throw new Error('the redelivery was refused')
    await tenant.finished(asked.value.id)
    expect((await typesOf(tenant)).slice(3)).toEqual(['export.files.redelivered'])
  })

  test('a failed run is reported with the code for tenants, and the next success as the recovery', async () => {
    const tenant = await world.tenant({ rows: { user: 1, site_category: 1, site: 2 } })
    await tenant.register({ entityList: 'site' })
    await world.sql('ALTER TABLE analytics.site RENAME COLUMN name TO label')
    try {
      expect(await tenant.runNow()).toMatchObject({ status: 'FAILED' })
    } finally {
      await world.sql('ALTER TABLE analytics.site RENAME COLUMN label TO name')
    }
    await tenant.runNow()
    expect((await typesOf(tenant)).slice(1)).toEqual(['export.failed', ...ofFullLoad, 'export.recovered'])
    const failed = (await eventsOf(tenant))[1]
    expect(failed?.data).toMatchObject({ code: 'SOURCE_SCHEMA_MISMATCH', entities: [{ entity: 'site' }] })
    expect(JSON.stringify(failed)).not.toContain('analytics')
  })
})

describe('files that expire', () => {
  const nightly = (id: string) =>
    world.temporal.workflow.execute(removeOldFilesWorkflow, {
      taskQueue: world.config.temporal.taskQueue,
      workflowId: `remove-${id}-${Math.random()}`,
      args: [{}],
    })

  test('each day of files is announced once, some days before it is removed', async () => {
    const tenant = await world.tenant({ rows: { user: 3 } })
    await tenant.register({ entityList: 'user' })
    // 10 days are kept, of which the last 3 are the notice.
    await tenant.backfill(midnight(9), midnight(8), midnight(2))
    await nightly(tenant.id)
    await nightly(tenant.id)
    const expiring = await eventually('the announcement', async () =>
      (await eventsOf(tenant)).filter(({ type }) => type === 'export.files.expiring'),
    )
    expect(expiring.map(({ data }) => data)).toMatchObject(
      [9, 8].map((days) => ({
        ...{ day: midnight(days).toISOString().slice(0, 10), retentionDays: 10 },
        removedOn: midnight(days - 11)
          .toISOString()
          .slice(0, 10),
      })),
    )
  })
})
