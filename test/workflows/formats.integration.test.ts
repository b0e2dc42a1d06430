import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import { loadConfig } from '../../src/config/config.js'
import type { OnStep, RunStep } from '../../src/domain/run-step.js'
import type { RegistrationInput } from '../../src/services/registrations/registration-input.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import { codes, csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let steps: RunStep[] = []
let onStep: OnStep = () => undefined
beforeAll(async () => {
  await farFromMidnight()
  world = await createWorld({ worker: false })
  await world.startWorker(
    {},
    {
      onStep: (step, subject) => {
        if (subject.entity !== undefined) steps.push(step)
        return onStep(step, subject)
      },
    },
  )
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  steps = []
  onStep = () => undefined
})

type Format = NonNullable<RegistrationInput['fileFormat']>

/** A tenant with rows of about 1 KB each, which do not compress well; dated before yesterday. */
async function tenantWith(rows: number, fileFormat: Format): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 3 }, before: midnight(2) })
  await insert(tenant, 'old', rows, midnight(3))
  await register(tenant, fileFormat)
  return tenant
}

const register = (tenant: TestTenant, fileFormat: Format) =>
  tenant.register({ entityList: 'site category, user', fileFormat })

async function insert(tenant: TestTenant, prefix: string, rows: number, updatedAt: Date): Promise<void> {
  await world.sql(
    `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at)
     SELECT $1, $2 || '-' || n,
       CASE WHEN n = 1 THEN '=formula, "quoted"; and' || chr(10) || 'a line' ELSE
         (SELECT string_agg(md5(random()::text || k || n), '') FROM generate_series(1, 30) k) END, n, true, $4
     FROM generate_series(1, $3::int) n`,
    [tenant.id, prefix, rows, updatedAt],
  )
}

/** The files of the day in the entity's folder, by name. */
async function filesOf(tenant: TestTenant, day: Date) {
  const folder = `/exports/${tenant.id}/${day.toISOString().slice(0, 10).replaceAll('-', '/')}/site_category/`
  const files = (await tenant.files()).filter(({ path }) => path.startsWith(folder))
  return files.map(({ path, content }) => ({ name: path.slice(folder.length), content }))
}

async function expectClean(tenant: TestTenant): Promise<void> {
  await using verifier = await composeVerifier(loadConfig(world.environment))
  const report = await verifier.verify({ tenantId: tenant.id, withSource: true }, new AbortController().signal)
  expect(report).toMatchObject({ differences: [], notComparable: [], notLookedAt: [] })
  expect(report.sourceRows).toBeGreaterThan(0)
  expect(await tenant.hiddenFiles()).toEqual([])
}

async function expectEqualToSource(tenant: TestTenant, rows: number): Promise<void> {
  const found = (await tenant.compare()).find(({ entity }) => entity === 'site_category')
  expect(found).toMatchObject({ rows, onlyInSource: 0, onlyDelivered: 0, miscounted: 0 })
}

test('a gzip file is recorded with its compressed size and checksum, and the manifest has its compression (promise 8)', async () => {
  const tenant = await tenantWith(500, { compression: 'GZIP' })
  const [run] = await tenant.backfill(midnight(1))
  expect(run?.status).toBe('SUCCEEDED')
  const [file, ...more] = await filesOf(tenant, midnight(1))
  expect([file?.name, more]).toEqual(['site_category.csv.gz', []])
  expect(csvRows(gunzipSync(file!.content))).toHaveLength(500)
  expect(run?.entities.find(({ entity }) => entity === 'site_category')).toMatchObject({
    rows: 500n,
    bytes: BigInt(file!.content.length),
  })
  const { resource } = (await tenant.delivered()).find((each) => each.resource.entity === 'site_category')!
  expect(resource).toMatchObject({
    path: 'site_category/site_category.csv.gz',
    compression: 'gz',
    mediatype: 'application/gzip',
    bytes: file?.content.length,
  })
  await expectEqualToSource(tenant, 500)
  await expectClean(tenant)
})

test('file parts are whole CSV files in the manifest, and an unsplit file of the same day replaces them (promises 6, 8)', async () => {
  const tenant = await tenantWith(3000, { maxPartMegabytes: 1 })
  await tenant.backfill(midnight(1))
  await insert(tenant, 'new', 3000, midnight(0.9))
  await tenant.runNow()
  const parts = await filesOf(tenant, midnight(0))
  expect(parts.length).toBeGreaterThanOrEqual(3)
  expect(parts.map(({ name }) => name)).toEqual(parts.map((_, index) => `site_category.000${index + 1}.csv`))
  for (const { content } of parts) expect(content.length).toBeLessThanOrEqual(1_000_000)
  const resources = (await tenant.delivered())
    .map(({ resource }) => resource)
    .filter(({ entity, mode }) => entity === 'site_category' && mode === 'delta')
  expect(resources.map(({ part, parts: all }) => [part, all])).toEqual(
    parts.map((_, index) => [index + 1, parts.length]),
  )
  expect(resources[1]).toMatchObject({ name: 'site-category-0002', path: 'site_category/site_category.0002.csv' })
  const page = await world.useCases.deliveries.page(
    tenant.id,
    { entity: 'site_category' },
    {
      take: 1,
      from: undefined,
      backwards: false,
    },
  )
  expect(page[0]).toMatchObject({
    rows: 3000,
    bytes: parts.reduce((sum, { content }) => sum + content.length, 0),
    path: expect.stringMatching(/site_category\.0001\.csv$/) as string,
    format: { maxPartMegabytes: 1 },
  })
  expect(page[0]?.parts).toHaveLength(parts.length)
  await expectEqualToSource(tenant, 6000)
  await expectClean(tenant)

  await register(tenant, { compression: 'GZIP' })
  expect((await tenant.runNow()).status).toBe('SUCCEEDED')
  expect((await filesOf(tenant, midnight(0))).map(({ name }) => name)).toEqual(['site_category.csv.gz'])
  expect((await filesOf(tenant, midnight(1))).length).toBeGreaterThanOrEqual(3)
  await expectEqualToSource(tenant, 6000)
  await expectClean(tenant)
})

test('a second run with fewer file parts removes the others of the day (promise 6)', async () => {
  const tenant = await tenantWith(3000, { maxPartMegabytes: 1 })
  await tenant.backfill(midnight(0))
  expect((await filesOf(tenant, midnight(0))).length).toBeGreaterThanOrEqual(3)
  await register(tenant, { maxPartMegabytes: 2 })
  await tenant.runNow()
  expect((await filesOf(tenant, midnight(0))).map(({ name }) => name)).toEqual([
    'site_category.0001.csv',
    'site_category.0002.csv',
  ])
  await expectEqualToSource(tenant, 3000)
  await expectClean(tenant)
})

const crash = () => {
  throw new Error('the worker died')
}

test('after a crash between two renames the remaining files are renamed, and nothing is read again', async () => {
  const tenant = await tenantWith(3000, { maxPartMegabytes: 1, compression: 'GZIP' })
  onStep = (step, { entity }) => {
    if (step !== 'rename' || entity !== 'site_category') return
    if (steps.filter((each) => each === 'rename').length < 2) return
    onStep = () => undefined
    crash()
  }
  const [run] = await tenant.backfill(midnight(1))
  expect(run?.status).toBe('SUCCEEDED')
  const category = run?.entities.find(({ entity }) => entity === 'site_category')
  expect(category).toMatchObject({ attempts: 2, rows: 3000n, revision: 1 })
  // Two entities, each written once.
  expect(steps.filter((step) => step === 'upload')).toHaveLength(2)
  await expectEqualToSource(tenant, 3000)
  await expectClean(tenant)
})

test('after a crash between two renames and the loss of a file part, all file parts are written again', async () => {
  const tenant = await tenantWith(3000, { maxPartMegabytes: 1 })
  let renames = 0
  onStep = async (step, { entity }) => {
    if (step !== 'rename' || entity !== 'site_category') return
    renames += 1
    if (renames !== 2) return
    const hidden = (await tenant.hiddenFiles()).filter((path) => path.includes('site_category.0003'))
    expect(hidden).toHaveLength(1)
    await rm(join(world.sftp.folder, hidden[0]!))
    crash()
  }
  const [run] = await tenant.backfill(midnight(1))
  expect(run?.status).toBe('SUCCEEDED')
  expect(steps.filter((step) => step === 'upload')).toHaveLength(3)
  await expectEqualToSource(tenant, 3000)
  await expectClean(tenant)
})

test('after a crash before the intent the next attempt removes all hidden files, and writes them again (promise 7)', async () => {
  const tenant = await tenantWith(3000, { maxPartMegabytes: 1 })
  let intents = 0
  onStep = (step, { entity }) => {
    if (step !== 'intend' || entity !== 'site_category') return
    intents += 1
    if (intents === 1) crash()
  }
  const [run] = await tenant.backfill(midnight(1))
  expect(run?.status).toBe('SUCCEEDED')
  await expectClean(tenant)
})

test('a file format that changes during a run applies to the next run', async () => {
  const tenant = await tenantWith(10, { compression: 'GZIP' })
  onStep = async (step, { entity }) => {
    if (step === 'claim' && entity === 'site_category') await register(tenant, { compression: 'NONE' })
  }
  await tenant.backfill(midnight(1))
  expect((await filesOf(tenant, midnight(1))).map(({ name }) => name)).toEqual(['site_category.csv.gz'])
  onStep = () => undefined
  await tenant.runNow()
  expect((await filesOf(tenant, midnight(0))).map(({ name }) => name)).toEqual(['site_category.csv'])
  await expectClean(tenant)
})

test('a file with semicolons, all values quoted and formulas escaped loads back as the same rows, and verify accepts it (promise 12)', async () => {
  const tenant = await tenantWith(300, { delimiter: 'SEMICOLON', quoting: 'ALL', escapeFormulas: true })
  await tenant.backfill(midnight(1))
  const [file] = await filesOf(tenant, midnight(1))
  const rows = parse<Record<string, string>>(file!.content, { columns: true, delimiter: ';' })
  expect(codes(rows)).toEqual(Array.from({ length: 300 }, (_, index) => `old-${index + 1}`).toSorted())
  expect(rows.find((row) => row['code'] === 'old-1')?.['name']).toBe(`'=formula, "quoted"; and\na line`)
  const { resource } = (await tenant.delivered()).find((each) => each.resource.entity === 'site_category')!
  expect(resource).toMatchObject({ dialect: { delimiter: ';' }, escapedFormulas: true })
  await expectClean(tenant)
})
