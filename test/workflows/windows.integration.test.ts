import { afterAll, beforeAll, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import type { Run } from '../../src/domain/run.js'
import { midnight } from '../support/world/days.js'
import { expectEqualToSource, modes, windowOf } from './support/run-results.js'
import { codes, csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const few = { user: 3, site_category: 1, site: 2, content: 2, user_login_events: 5, interaction: 4 }

test('each window begins at the end of the last published one, also after a missed day (promise 1)', async () => {
  const tenant = await world.tenant({ rows: { user: 500, site_category: 40 } })
  await tenant.register({ entityList: 'user, site category' })
  const days = [midnight(6), midnight(5), midnight(3), midnight(2), midnight(0)]
  const runs = await tenant.backfill(...days)

  expect(runs.map(({ status }) => status)).toEqual(days.map(() => 'SUCCEEDED'))
  for (const entity of ['user', 'site_category']) {
    expect(runs.map((run) => windowOf(run, entity))).toEqual([
      [null, days[0]],
      [days[0], days[1]],
      [days[1], days[2]],
      [days[2], days[3]],
      [days[3], days[4]],
    ])
    const files = (await tenant.delivered()).filter(({ resource }) => resource.entity === entity)
    const delivered = files.flatMap(({ file }) => csvRows(file.content))
    expect(codes(delivered)).toEqual(await codesInSource(tenant, entity, 'updated_at < $2', [midnight(0)]))
  }
  const firstDelta = (await tenant.delivered()).find(({ resource }) => resource.window.to === days[1]?.toISOString())
  expect(firstDelta?.resource.window.from).toBe(days[0]?.toISOString())
})

test('boundaries that are due at once are run one after the other, in order (promises 1, 11)', async () => {
  const tenant = await world.tenant({ rows: { user: 50 } })
  await tenant.register({ entityList: 'user' })
  await world.temporal.schedule.getHandle(scheduleId(tenant.id)).backfill({
    start: new Date(midnight(3).getTime() - 1000),
    end: new Date(midnight(0).getTime() + 1000),
    overlap: 'BUFFER_ALL',
  })
  const runs: Run[] = []
  for (const daysAgo of [3, 2, 1, 0]) runs.push(await tenant.finished((await tenant.runUpTo(midnight(daysAgo))).id))
  expect(runs.map((run) => windowOf(run, 'user'))).toEqual([
    [null, midnight(3)],
    [midnight(3), midnight(2)],
    [midnight(2), midnight(1)],
    [midnight(1), midnight(0)],
  ])
  for (const [index, run] of runs.entries()) {
    expect(run.startedAt?.getTime()).toBeGreaterThanOrEqual(runs[index - 1]?.finishedAt?.getTime() ?? 0)
  }
})

test('a row of a transaction that is open across the boundary is in the next delta, and only there (promise 2)', async () => {
  const tenant = await world.tenant({ rows: { site_category: 5 }, before: midnight(5) })
  await tenant.register({ entityList: ['site category'] })
  await tenant.backfill(midnight(4))
  const writer = await world.connect()
  const late = midnight(3.5)
  await writer.query('BEGIN')
  await insertCategory(writer, tenant, 'late', late)
  await writer.query('SAVEPOINT one')
  await insertCategory(writer, tenant, 'late-in-savepoint', late)
  await writer.query('SAVEPOINT two')
  await insertCategory(writer, tenant, 'rolled-back', late)
  await writer.query('ROLLBACK TO SAVEPOINT two')
  await insertCategory(world, tenant, 'in-time', late)
  await tenant.backfill(midnight(3))
  await writer.query('COMMIT')
  // Dated long before both files, but written after them.
  await insertCategory(world, tenant, 'back-dated', midnight(30))
  await tenant.backfill(midnight(2), midnight(1))

  const files = await tenant.delivered()
  const codesUpTo = (to: Date): string[] =>
    files
      .filter(({ resource }) => resource.window.to === to.toISOString())
      .flatMap(({ file }) => codes(csvRows(file.content)))
  expect(codesUpTo(midnight(3))).toEqual(['in-time'])
  expect(codesUpTo(midnight(2))).toEqual(['back-dated', 'late', 'late-in-savepoint'])
  expect(codesUpTo(midnight(1))).toEqual([])
  expectEqualToSource(await tenant.compare(), { site_category: 9 })
})

test('an entity that is disabled and registered again resumes with a delta that covers the gap (promise 5)', async () => {
  const tenant = await world.tenant({ rows: { user: 300, site: 3, site_category: 2 } })
  await tenant.register({ entityList: 'user' })
  await tenant.backfill(midnight(5))
  await tenant.register({ exportOption: 'DISABLE_EXPORT' })
  const schedule = world.temporal.schedule.getHandle(scheduleId(tenant.id))
  expect((await schedule.describe()).state.paused).toBe(true)

  await tenant.register({ entityList: 'user, site' })
  expect((await schedule.describe()).state.paused).toBe(false)
  const [run] = await tenant.backfill(midnight(1))
  expect(modes(run)).toEqual({ site: ['FULL', 'FIRST'], user: ['DELTA', null] })
  expect(windowOf(run, 'user')).toEqual([midnight(5), midnight(1)])
  const users = (await tenant.delivered()).filter(({ resource }) => resource.entity === 'user')
  expect(codes(users.flatMap(({ file }) => csvRows(file.content)))).toEqual(
    await codesInSource(tenant, 'user', 'updated_at < $2', [midnight(1)]),
  )
})

test('a run without an active entity succeeds and delivers nothing', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'user' })
  await tenant.register({ exportOption: 'DISABLE_EXPORT' })
  const [run] = await tenant.backfill(midnight(1))
  expect(run).toMatchObject({ status: 'SUCCEEDED', entities: [], manifestPath: null, error: null })
  expect(await tenant.files()).toEqual([])
})

async function codesInSource(tenant: TestTenant, table: string, where: string, values: unknown[]): Promise<string[]> {
  const rows = await world.sql<{ code: string }>(
    `SELECT code FROM analytics."${table}" WHERE tenant_code = $1 AND ${where}`,
    [tenant.id, ...values],
  )
  return rows.map(({ code }) => code).toSorted()
}

type Asked = { query(text: string, values: unknown[]): Promise<unknown> } | World

async function insertCategory(by: Asked, tenant: TestTenant, code: string, updatedAt: Date): Promise<void> {
  const text = `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at)
     VALUES ($1, $2, 'a category', 1, true, $3)`
  const values = [tenant.id, code, updatedAt]
  await ('sql' in by ? by.sql(text, values) : by.query(text, values))
}
