import { stat } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { farFromMidnight, midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { holdTable } from '../support/postgres/hold-table.js'
import { expectEqualToSource, modes, windowOf } from './support/run-results.js'
import { codes, csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'
import { requestFullLoad } from '../support/world/stores.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const few = { user: 3, site_category: 1, site: 2, content: 2, user_login_events: 5, interaction: 4 }

test('the first run of EXPORT_ALL gives each entity a full load, and an entity without rows a file with only its header (promises 5, 9)', async () => {
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

test('the second run gives deltas with only the changed rows, and marks deleted rows (promises 5, 10)', async () => {
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

test('a requested full load is delivered once, and the next file is a delta (promise 5)', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'user, site' })
  await tenant.backfill(midnight(3))
  await requestFullLoad(world.useCases, tenant.id, ['user'])
  const [requested, next] = await tenant.backfill(midnight(2), midnight(1))
  expect(modes(requested)).toEqual({ site: ['DELTA', null], user: ['FULL', 'REQUESTED'] })
  expect(modes(next)).toEqual({ site: ['DELTA', null], user: ['DELTA', null] })
})

test('a second run of a day replaces its file with a superset, removes the manifest first and writes it last (promises 6, 8)', async () => {
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

test('a run for a published boundary skips its entities, and writes nothing', async () => {
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

function allEntities(): string[] {
  return world.catalog.entities.map(({ name }) => name).toSorted()
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
