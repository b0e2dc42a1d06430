import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import { loadConfig } from '../../src/config/config.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import { csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

/** The column `change_type`: insert, update or delete. */

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const insertRow =
  'INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at) VALUES ($1, $2, $2, 1, true, $3)'
const insert = (tenant: TestTenant, code: string, updatedAt: Date) => world.sql(insertRow, [tenant.id, code, updatedAt])
const change = (tenant: TestTenant, codes: readonly string[], set: string) =>
  world.sql(`UPDATE analytics.site_category SET ${set} WHERE tenant_code = $1 AND code = ANY ($2)`, [tenant.id, codes])

/** Dates rows as if they had been changed at that time, which the trigger would not allow. */
async function date(tenant: TestTenant, codes: readonly string[], updatedAt: Date): Promise<void> {
  await world.sql(`DO $$ BEGIN ALTER TABLE analytics.site_category DISABLE TRIGGER record_change; END $$`)
  await change(tenant, codes, `updated_at = '${updatedAt.toISOString()}'`)
  await world.sql(`DO $$ BEGIN ALTER TABLE analytics.site_category ENABLE ALWAYS TRIGGER record_change; END $$`)
}

const register = (tenant: TestTenant, changeType = true) =>
  tenant.register({ entityList: 'site category', fileFormat: { changeType } })

/** The type of change of each row of the last file, by code. */
async function typesOf(tenant: TestTenant): Promise<Record<string, string | undefined>> {
  const { file } = (await tenant.delivered()).at(-1)!
  return Object.fromEntries(csvRows(file.content).map((row) => [row['code'], row['change_type']]))
}

async function expectClean(tenant: TestTenant): Promise<void> {
  await using verifier = await composeVerifier(loadConfig(world.environment))
  const report = await verifier.verify({ tenantId: tenant.id, withSource: true }, new AbortController().signal)
  expect(report).toMatchObject({ differences: [], notComparable: [], notLookedAt: [] })
}

/** A tenant with these rows of five days ago. */
async function tenantWith(...codes: string[]): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: {} })
  for (const code of codes) await insert(tenant, code, midnight(5))
  await register(tenant)
  return tenant
}

test('a full load has I for each row and D for each that is marked as deleted (promise 10)', async () => {
  const tenant = await tenantWith('stays', 'gone')
  await change(tenant, ['gone'], 'is_deleted = true')
  await tenant.runNow()
  expect(await typesOf(tenant)).toEqual({ stays: 'I', gone: 'D' })
  const { resource } = (await tenant.delivered()).at(-1)!
  const { schema } = resource as unknown as { schema: { fields: { name: string; description: string }[] } }
  expect(schema.fields.at(-1)).toMatchObject({
    name: 'change_type',
    description: expect.stringContaining('`I`') as string,
  })
  await expectClean(tenant)
})

test('a delta tells rows that no earlier file has from those that were there before', async () => {
  const tenant = await tenantWith('changed', 'deleted', 'untouched')
  // Not in the first file, though it is visible to its read: it is dated after the end of the window.
  await insert(tenant, 'after the boundary', midnight(0.5))
  const late = await world.connect()
  await late.query('BEGIN')
  await late.query(insertRow, [tenant.id, 'committed late', midnight(4)])
  await late.query(`UPDATE analytics.site_category SET name = 'late' WHERE tenant_code = $1 AND code = 'changed'`, [
    tenant.id,
  ])
  await tenant.backfill(midnight(1))
  expect(await typesOf(tenant)).toEqual({ changed: 'I', deleted: 'I', untouched: 'I' })

  await late.query('COMMIT')
  await insert(tenant, 'new', midnight(0.4))
  await insert(tenant, 'back-dated', midnight(3))
  await insert(tenant, 'new and changed', midnight(0.4))
  await insert(tenant, 'new and deleted', midnight(0.4))
  await change(tenant, ['new and changed'], "name = 'x'")
  await change(tenant, ['deleted', 'new and deleted'], 'is_deleted = true')
  await date(tenant, ['changed', 'deleted', 'new and changed', 'new and deleted'], midnight(0.3))
  await tenant.backfill(midnight(0))
  expect(await typesOf(tenant)).toEqual({
    'after the boundary': 'I',
    'committed late': 'I',
    changed: 'U',
    deleted: 'D',
    new: 'I',
    'back-dated': 'I',
    'new and changed': 'I',
    'new and deleted': 'D',
  })
  await expectClean(tenant)
})

test('a row that is older than the columns of the source is an update', async () => {
  const tenant = await tenantWith('old')
  await tenant.backfill(midnight(1))
  await world.sql('ALTER TABLE analytics.site_category DISABLE TRIGGER record_change')
  await change(tenant, ['old'], 'insert_xid = NULL, inserted_at = NULL')
  await world.sql('ALTER TABLE analytics.site_category ENABLE ALWAYS TRIGGER record_change')
  await change(tenant, ['old'], "name = 'x'")
  await tenant.runNow()
  expect(await typesOf(tenant)).toEqual({ old: 'U' })
})

test('the column comes and goes with deltas, and each change raises the schema version (promise 5)', async () => {
  const tenant = await tenantWith('row')
  await register(tenant, false)
  await tenant.backfill(midnight(3))
  await register(tenant, true)
  await tenant.backfill(midnight(2))
  await register(tenant, false)
  const runs = await tenant.backfill(midnight(1))
  expect(runs.map(({ status }) => status)).toEqual(['SUCCEEDED'])
  const files = (await tenant.delivered()).map(({ resource, file }) => {
    const { schemaVersion, mode } = resource as typeof resource & { schemaVersion: number }
    return [mode, schemaVersion, file.content.includes('change_type')]
  })
  expect(files).toEqual([
    ['full', 1, false],
    ['delta', 2, true],
    ['delta', 3, false],
  ])
})

test('a redelivered delta has the types of its window', async () => {
  const tenant = await tenantWith('first')
  await tenant.backfill(midnight(2))
  await insert(tenant, 'second', midnight(1.5))
  await tenant.backfill(midnight(1))
  const before = await typesOf(tenant)
  const asked = await world.useCases.runs.redeliver(anActor(tenant.id), { from: midnight(1.6), to: midnight(1) })
  if (!asked.ok) throw new Error(JSON.stringify(asked.userErrors))
  expect(await tenant.finished(asked.value.id)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await typesOf(tenant)).toEqual(before)
  expect(before).toEqual({ second: 'I' })
})

test('a source that lacks the columns is refused only for tenants that want change_type', async () => {
  await world.sql('ALTER TABLE analytics.theme DROP COLUMN insert_xid, DROP COLUMN inserted_at')
  await world.sql(`CREATE OR REPLACE FUNCTION analytics.record_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.change_xid := pg_current_xact_id(); NEW.updated_at := clock_timestamp(); RETURN NEW; END $$`)
  const tenant = await world.tenant({ rows: {} })
  await tenant.register({ entityList: 'theme' })
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await tenant.register({ entityList: 'theme', fileFormat: { changeType: true } })
  const { entities } = await tenant.runNow()
  expect(entities[0]?.error).toMatchObject({
    code: 'SOURCE_SCHEMA_MISMATCH',
    message: expect.stringContaining('there is no column insert_xid, but change_type needs one of type xid8') as string,
  })
})
