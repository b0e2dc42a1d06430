import { stat } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import type { Run } from '../../src/domain/run.js'
import { farFromMidnight, midnight } from '../support/days.js'
import { eventually } from '../support/eventually.js'
import { holdTable } from '../support/hold-table.js'
import { codes, csvRows, type TestTenant } from '../support/tenant.js'
import { createWorld, type World } from '../support/world.js'
import { requestFullLoad } from '../support/stores.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const few = { user: 3, site_category: 1, site: 2, content: 2, user_login_events: 5, interaction: 4 }

describe('the first run and the next', () => {
  test('EXPORT_ALL: every entity is a full load of its own, those without rows as a header alone (promises 5, 9)', async () => {
    const tenant = await world.tenant({ rows: few })
    await tenant.register({ exportOption: 'EXPORT_ALL' })
    const run = await tenant.runNow()

    expect(run).toMatchObject({ status: 'SUCCEEDED', trigger: 'MANUAL', error: null })
    expect(run.entities.map(({ entity }) => entity).toSorted()).toEqual(allEntities())
    for (const entity of run.entities) {
      expect(entity).toMatchObject({ status: 'PUBLISHED', mode: 'FULL', fullLoadReason: 'FIRST', from: null })
    }
    const delivered = await tenant.delivered()
    expect(delivered).toHaveLength(26)
    for (const { file, resource } of delivered) {
      const lines = file.content.toString().split('\n')
      const entity = world.catalog.entities.find(({ name }) => name === resource.entity)
      expect(lines[0]).toBe(entity?.columns.map(({ name }) => name).join(','))
      if (resource.entity in few) continue
      expect(lines, resource.entity).toEqual([lines[0], ''])
      expect(resource).toMatchObject({ rows: 0, mode: 'full' })
    }
    expectEqualToSource(await tenant.compare(), few)
    expect(await tenant.hiddenFiles()).toEqual([])
  })

  test('the next run is a delta: the changed rows alone, deleted ones marked as such (promises 5, 10)', async () => {
    const tenant = await world.tenant({ rows: 2000, before: midnight(1) })
    await tenant.register({ exportOption: 'EXPORT_ALL' })
    const [first] = await tenant.backfill(midnight(1))
    expect(first).toMatchObject({ status: 'SUCCEEDED', trigger: 'SCHEDULED', requestedBy: null })
    const mutated = await tenant.mutate({ inserts: 3, updates: 4, deletes: 2 })
    const second = await tenant.runNow()

    expect(second.status).toBe('SUCCEEDED')
    const deltas = (await tenant.delivered()).filter(({ resource }) => resource.mode === 'delta')
    expect(deltas).toHaveLength(26)
    for (const { file, resource } of deltas) {
      const changed = mutated.find(({ entity }) => entity === resource.entity)
      const { inserted = [], updated = [], deleted = [] } = changed ?? {}
      const rows = csvRows(file.content)
      expect(codes(rows), resource.entity).toEqual([...inserted, ...updated, ...deleted].toSorted())
      expect(codes(rows.filter((row) => row['is_deleted'] === 'true'))).toEqual([...deleted].toSorted())
      expect(resource.rows).toBe(rows.length)
      expect(resource.window).toEqual({ from: midnight(1).toISOString(), to: second.to.toISOString() })
    }
    expectEqualToSource(await tenant.compare(), {})
  })

  test('a full load is made again where it is asked for, once (promise 5)', async () => {
    const tenant = await world.tenant({ rows: few })
    await tenant.register({ entityList: 'user, site' })
    await tenant.backfill(midnight(3))
    await requestFullLoad(world.useCases, tenant.id, ['user'])
    const [requested, next] = await tenant.backfill(midnight(2), midnight(1))
    expect(modes(requested)).toEqual({ site: ['DELTA', null], user: ['FULL', 'REQUESTED'] })
    expect(modes(next)).toEqual({ site: ['DELTA', null], user: ['DELTA', null] })
  })
})

describe('windows', () => {
  test('tile: each begins where the published one before it ended, also over a missed day (promise 1)', async () => {
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

  test('several boundaries that are due at once are run one after the other, in order (promises 1, 11)', async () => {
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

  test('disabled and registered again, an entity resumes with a delta that covers the gap (promise 5)', async () => {
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

  test('a run with nothing active succeeds with nothing to show', async () => {
    const tenant = await world.tenant({ rows: few })
    await tenant.register({ entityList: 'user' })
    await tenant.register({ exportOption: 'DISABLE_EXPORT' })
    const [run] = await tenant.backfill(midnight(1))
    expect(run).toMatchObject({ status: 'SUCCEEDED', entities: [], manifestPath: null, error: null })
    expect(await tenant.files()).toEqual([])
  })
})

describe('a day', () => {
  test('a second run takes the file\u2019s place with a superset; the manifest goes first and comes last (promises 6, 8)', async () => {
    await farFromMidnight()
    const tenant = await world.tenant({ rows: { user: 60, site: 4, site_category: 3 }, before: midnight(0) })
    await tenant.register({ entityList: 'user, site' })
    await tenant.backfill(midnight(1), midnight(0))
    const before = await tenant.delivered()
    const mutated = await tenant.mutate({ entities: ['user'], inserts: 5, updates: 5, deletes: 1 })
    const held = await holdTable(world, 'site')
    const started = await tenant.startRun()
    const manifest = `/exports/${tenant.id}/${midnight(0).toISOString().slice(0, 10).replaceAll('-', '/')}/datapackage.json`
    await eventually('the manifest to be withdrawn', async () => !(await paths(tenant)).includes(manifest))
    expect(await eventually('the new file of users', () => publishedRevision(tenant, started.id, 'user'))).toBe(2)
    expect(await paths(tenant)).not.toContain(manifest)
    await held.release()
    const run = await tenant.finished(started.id)

    expect(run).toMatchObject({ status: 'SUCCEEDED', manifestPath: manifest })
    expect(run.entities.map(({ revision }) => revision)).toEqual([2, 2])
    expect(windowOf(run, 'user')).toEqual([midnight(1), run.to])
    const after = await tenant.delivered()
    expect(after.map(({ file }) => file.path)).toEqual(before.map(({ file }) => file.path))
    const [old, now] = [before, after].map((files) => usersOf(files, midnight(0)))
    const changed = mutated.flatMap(({ inserted, updated, deleted }) => [...inserted, ...updated, ...deleted])
    expect(now).toEqual([...new Set([...(old ?? []), ...changed])].toSorted())
    expectEqualToSource(await tenant.compare(), { user: 65 })
  })

  test('the manifest names every file of the day with its bytes, checksum and rows (promise 8)', async () => {
    const tenant = await world.tenant({ rows: few })
    await tenant.register({ entityList: 'user, site, content' })
    await tenant.backfill(midnight(1))
    const files = await tenant.files()
    const manifest = files.find(({ path }) => path.endsWith('/datapackage.json'))
    const { resources } = JSON.parse(manifest?.content.toString() ?? '{}') as { resources: Record<string, unknown>[] }
    const csvFiles = files.filter(({ path }) => path.endsWith('.csv'))
    expect(csvFiles).toHaveLength(3)
    const folder = manifest?.path.slice(0, -'datapackage.json'.length) ?? ''
    expect(
      resources.map(({ path, bytes, hash, rows, mode, revision, window }) => ({
        path: `${folder}${String(path)}`,
        ...{ bytes, hash, rows, mode, revision, window },
      })),
    ).toEqual(
      csvFiles.map(({ path, content }) => ({
        path,
        bytes: content.length,
        hash: `sha256:${createHash('sha256').update(content).digest('hex')}`,
        rows: csvRows(content).length,
        mode: 'full',
        revision: 1,
        window: { from: null, to: midnight(1).toISOString() },
      })),
    )
  })

  test('a boundary that is published already is skipped: not a byte is written (promise 8)', async () => {
    const tenant = await world.tenant({ rows: few })
    await tenant.register({ entityList: 'user, site' })
    await tenant.backfill(midnight(1))
    const before = await footprints(tenant)
    const [again] = await tenant.backfill(midnight(1))
    expect(again?.status).toBe('SUCCEEDED')
    expect(again?.entities.map(({ status }) => status)).toEqual(['SKIPPED', 'SKIPPED'])
    expect(await footprints(tenant)).toEqual(before)
    expect(before).toHaveLength(3)
  })
})

function allEntities(): string[] {
  return world.catalog.entities.map(({ name }) => name).toSorted()
}

function modes(run: Run | undefined): Record<string, [string, string | null]> {
  return Object.fromEntries(run?.entities.map((each) => [each.entity, [each.mode, each.fullLoadReason]]) ?? [])
}

function windowOf(run: Run | undefined, entity: string): (Date | null)[] | undefined {
  const from = run?.entities.find((each) => each.entity === entity)?.from
  return run && from !== undefined ? [from, run.to] : undefined
}

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

/** Every entity equals the source, and those named have so many rows. */
function expectEqualToSource(
  comparisons: Awaited<ReturnType<TestTenant['compare']>>,
  rows: Readonly<Record<string, number>>,
): void {
  expect(comparisons.filter((each) => each.onlyInSource + each.onlyDelivered + each.miscounted > 0)).toEqual([])
  for (const [entity, count] of Object.entries(rows)) {
    expect(comparisons.find((each) => each.entity === entity)?.rows, entity).toBe(count)
  }
}

function usersOf(files: Awaited<ReturnType<TestTenant['delivered']>>, day: Date): string[] {
  const file = files.find(
    ({ resource }) => resource.entity === 'user' && resource.window.to.slice(0, 10) === day.toISOString().slice(0, 10),
  )
  return file ? codes(csvRows(file.file.content)) : []
}

async function paths(tenant: TestTenant): Promise<string[]> {
  return (await tenant.files()).map(({ path }) => path)
}

async function publishedRevision(tenant: TestTenant, runId: string, entity: string): Promise<number | undefined> {
  const run = (await tenant.allRuns()).find(({ id }) => id === runId)
  return run?.entities.find((each) => each.entity === entity && each.status === 'PUBLISHED')?.revision ?? undefined
}

/** What changes on disk when a file is written or replaced. */
async function footprints(tenant: TestTenant): Promise<unknown[]> {
  return Promise.all(
    (await paths(tenant)).map(async (path) => {
      const { ino, mtimeMs, ctimeMs } = await stat(join(world.sftp.folder, path))
      return { path, ino, mtimeMs, ctimeMs }
    }),
  )
}
