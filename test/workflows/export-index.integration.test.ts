import { createHash, randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { removeOldFilesWorkflow } from '../../src/contracts.js'
import { contractPath, indexPath, isoDay } from '../../src/domain/delivery-path.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { indexOf, type TenantIndex } from '../support/world/tenant-index.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ environment: { EXPORT_RETENTION_DAYS: '3' }, worker: false })
  await world.startWorker({}, { pace: { everySeconds: 1, leaseSeconds: 30, silentMs: 60_000, confirmMs: 60_000 } })
})
afterAll(() => world[Symbol.asyncDispose]())

async function twoDays(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 12, site_category: 2, site: 5 }, before: midnight(6) })
  await tenant.register({ entityList: 'user, site' })
  await tenant.backfill(midnight(2), midnight(1))
  return tenant
}

const sha256 = (content: Buffer | undefined) =>
  createHash('sha256')
    .update(content ?? '')
    .digest('hex')

async function fileAt(tenant: TestTenant, path: string): Promise<Buffer | undefined> {
  return (await tenant.everything()).find((file) => file.path === path)?.content
}

const changesOf = ({ days }: TenantIndex) => Object.fromEntries(days.map(({ day, change }) => [day, change]))

test('an index lists each day with the checksum of its manifest, and the newest delivery of each entity', async () => {
  const tenant = await twoDays()
  const index = await indexOf(tenant)
  expect(index).toMatchObject({ version: 1, tenantId: tenant.id, revision: 2, lastChange: 2 })
  expect(index.days.map(({ day }) => day)).toEqual([midnight(2), midnight(1)].map(isoDay))
  for (const { manifest, bytes, sha256: expected } of index.days) {
    const content = await fileAt(tenant, manifest)
    expect([content?.length, sha256(content)]).toEqual([bytes, expected])
  }
  expect(Object.keys(index.entities)).toEqual(['site', 'user'])
  for (const { path, ...entry } of Object.values(index.entities)) {
    expect(entry).toMatchObject({ sequence: 2, revision: 1, day: isoDay(midnight(1)), schemaVersion: 1 })
    expect(await fileAt(tenant, path)).toBeDefined()
  }
  expect(await tenant.hiddenFiles()).toEqual([])
})

test('a loader that reads only days with a higher number learns of a second run of a day and of a redelivery', async () => {
  const tenant = await twoDays()
  await tenant.runNow()
  const before = await indexOf(tenant)
  await tenant.mutate({ entities: ['user'], inserts: 2, updates: 0, deletes: 0 })
  await tenant.runNow()
  const second = await indexOf(tenant)
  const newDays = (index: TenantIndex, last: number) => index.days.filter(({ change }) => change > last)
  expect(newDays(second, before.lastChange).map(({ revision }) => revision)).toEqual([2])
  const period = { from: midnight(2.5), to: midnight(2) }
  const asked = await world.useCases.runs.redeliver(anActor(tenant.id), period)
  if (!asked.ok) throw new Error(JSON.stringify(asked.userErrors))
  await tenant.finished(asked.value.id)
  const third = await indexOf(tenant)
  expect(newDays(third, second.lastChange)).toMatchObject([{ day: isoDay(midnight(2)), revision: 2 }])
  expect(third.entities['user']).toEqual(second.entities['user'])
})

test('an index marks the days that retention has removed', async () => {
  const tenant = await world.tenant({ rows: { user: 5, site_category: 1, site: 2 }, before: midnight(9) })
  await tenant.register({ entityList: 'site' })
  await tenant.backfill(midnight(8), midnight(1))
  const before = await indexOf(tenant)
  await world.temporal.workflow.execute(removeOldFilesWorkflow, {
    taskQueue: world.config.temporal.taskQueue,
    workflowId: `remove-${Math.random()}`,
    args: [{}],
  })
  const after = await indexOf(tenant)
  expect(after.days.map(({ day, removed = false }) => [day, removed])).toEqual([
    [isoDay(midnight(8)), true],
    [isoDay(midnight(1)), false],
  ])
  expect(changesOf(after)[isoDay(midnight(8))]).toBeGreaterThan(before.lastChange)
  expect(changesOf(after)[isoDay(midnight(1))]).toBe(changesOf(before)[isoDay(midnight(1))])
})

test('an index that a worker did not write is written by the watch loop, without the hidden files of that worker', async () => {
  const tenant = await twoDays()
  const path = indexPath(tenant.id)
  await rm(join(world.sftp.folder, path))
  const stale = join(world.sftp.folder, path.replace('index.json', `.index.json.${randomUUID()}.part`))
  await writeFile(stale, '{')
  await world.sql(
    `UPDATE tidemark.export_index SET revision = revision + 1, reserved_at = now() - interval '1 hour' WHERE tenant_id = $1`,
    [tenant.id],
  )
  const written = await eventually('the index', async () => fileAt(tenant, path))
  expect(JSON.parse(String(written))).toMatchObject({ revision: 4, lastChange: 2 })
  await eventually('the end of the hidden file', async () => (await tenant.hiddenFiles()).length === 0)
})

describe('the contract of an entity', () => {
  test('a contract is written once, and again when the columns change', async () => {
    const tenant = await twoDays()
    const path = contractPath(tenant.id, 'user')
    const first = await fileAt(tenant, path)
    expect(parse(String(first))).toMatchObject({ apiVersion: 'v3.1.0', version: '1.0.0', tenant: tenant.id })
    expect((await indexOf(tenant)).entities['user']).toMatchObject({ contract: path })
    const columns = [{ entity: 'user', exclude: ['email'] }]
    await tenant.register({ entityList: 'user, site', columns })
    await tenant.runNow()
    const contract = parse(String(await fileAt(tenant, path))) as { schema: { properties: { name: string }[] }[] }
    expect(contract).toMatchObject({ version: '2.0.0', status: 'active' })
    expect(contract.schema[0]?.properties.map(({ name }) => name)).not.toContain('email')
    expect(parse(String(await fileAt(tenant, contractPath(tenant.id, 'site'))))).toMatchObject({ version: '1.0.0' })
  })
})
