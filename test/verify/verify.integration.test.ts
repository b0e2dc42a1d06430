import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import { deliveryPath, isoDay, manifestPath } from '../../src/domain/delivery-path.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import { createHolds } from '../support/world/holds.js'
import { startProgram } from '../support/programs/program.js'
import {
  clean,
  entity,
  fileOf,
  first,
  found,
  never,
  second,
  createVerification,
  type Verification,
} from './support/verification.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let verification: Verification
beforeAll(async () => {
  world = await createWorld()
  verification = createVerification(world)
})
afterAll(() => world[Symbol.asyncDispose]())

test('verify finds no difference in the files, manifests, chain and source of a tenant, of a day and of all', async () => {
  const tenant = await verification.twoDays()
  expect(await verification.verified({ tenantId: tenant.id })).toMatchObject({
    ...clean,
    files: 4,
    rows: 19,
    sourceRows: 19,
  })
  expect(await verification.verified({ tenantId: tenant.id, day: second })).toMatchObject({
    ...clean,
    files: 2,
    rows: 2,
  })
  expect(await verification.verified({ tenantId: tenant.id, withSource: false })).toMatchObject({
    ...clean,
    sourceRows: 0,
  })
  const all = await verification.verified({ day: first })
  expect(all.files).toBeGreaterThanOrEqual(2)
})

test('verify finds no difference after a second run of a day, a redelivery and later changes in the source (promises 2, 6)', async () => {
  const tenant = await verification.twoDays()
  await tenant.mutate({ inserts: 5, updates: 6, deletes: 2 })
  await tenant.runNow()
  await tenant.mutate({ inserts: 5, updates: 6, deletes: 2 })
  await tenant.runNow()
  const actor = anActor(tenant.id)
  const redelivery = await world.useCases.runs.redeliver(actor, { from: new Date(0), to: midnight(0) })
  if (!redelivery.ok) throw new Error('refused')
  expect(await tenant.finished(redelivery.value.id)).toMatchObject({ status: 'SUCCEEDED' })
  const report = await verification.verified({ tenantId: tenant.id })
  expect(report).toMatchObject({ ...clean, files: 6 })
  expect(report.sourceRows).toBeGreaterThan(0)
})

test('verify reports its progress', async () => {
  const tenant = await verification.twoDays()
  await using verifier = await composeVerifier(world.config)
  const reported: [number, number, number, number][] = []
  const request = { tenantId: tenant.id, withSource: false }
  const report = await verifier.verify(request, never, ({ files, allFiles, bytes, allBytes }) =>
    reported.push([files, allFiles, bytes, allBytes]),
  )
  expect(reported.at(-1)).toEqual([4, 4, report.bytes, report.bytes])
  expect(reported).toEqual(reported.toSorted((one, other) => one[2] - other[2]))
})

test('verify finds a shifted window, as a gap and in the manifest (promise 1)', async () => {
  const tenant = await verification.twoDays()
  await verification.forge(
    `UPDATE tidemark.delivery SET "from" = "from" + interval '1 hour'
       WHERE tenant_id = '${tenant.id}' AND entity = '${entity}' AND mode = 'DELTA'`,
  )
  const path = fileOf(tenant, second)
  const shifted = new Date(first.getTime() + 3_600_000).toISOString()
  const differences = found(await verification.verified({ tenantId: tenant.id }))
  expect(differences).toContainEqual([path, 'window begins where the file before it ends', shifted])
  expect(differences.map(([, what]) => what)).toContain('window in the manifest')
})

test('verify finds a lost delivery of the ledger, and a watermark that is not the end of the last file (promises 1, 3)', async () => {
  const tenant = await verification.twoDays()
  const third = await tenant.backfill(midnight(0))
  expect(third[0]?.status).toBe('SUCCEEDED')
  await verification.forge(
    `DELETE FROM tidemark.delivery WHERE tenant_id = '${tenant.id}' AND entity = '${entity}' AND sequence = 2;
       UPDATE tidemark.watermark SET "to" = "to" - interval '1 day'
       WHERE tenant_id = '${tenant.id}' AND entity = 'site'`,
  )
  const differences = found(await verification.verified({ tenantId: tenant.id }))
  const [last, lost] = [fileOf(tenant, midnight(0)), fileOf(tenant, second)]
  expect(differences).toEqual(
    expect.arrayContaining([
      [last, 'window begins where the file before it ends', second.toISOString()],
      [last, 'sequence number of the file before it', '2'],
      [lost, 'file', 'unknown to the ledger'],
      [deliveryPath(tenant.id, 'site', midnight(0)), 'watermark is the end of the last file', second.toISOString()],
    ]),
  )
})

test('verify finds a row of the source that the file of its window lacks (promise 2)', async () => {
  const tenant = await verification.twoDays()
  await verification.forgeSource(
    `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at, change_xid)
       SELECT tenant_code, 'lost', 'lost', 1, true, updated_at, change_xid FROM analytics.site_category
       WHERE tenant_code = '${tenant.id}' AND code = 'new-00000901'`,
  )
  const expected = [[fileOf(tenant, second), 'rows of the source that the file lacks', '1']]
  expect(found(await verification.verified({ tenantId: tenant.id }))).toEqual(expected)
  expect(found(await verification.verified({ tenantId: tenant.id, withSource: false }))).toEqual([])
})

test('verify finds NULL in the source if the file has the empty string (promise 12)', async () => {
  const tenant = await verification.twoDays()
  await verification.forgeSource(
    `ALTER TABLE analytics.site_category ALTER COLUMN name DROP NOT NULL;
       UPDATE analytics.site_category SET name = NULL WHERE tenant_code = '${tenant.id}' AND code = 'new-00000902'`,
  )
  const differences = found(await verification.verified({ tenantId: tenant.id }))
  await verification.forgeSource(
    `UPDATE analytics.site_category SET name = '' WHERE name IS NULL;
       ALTER TABLE analytics.site_category ALTER COLUMN name SET NOT NULL`,
  )
  expect(differences).toEqual([[fileOf(tenant, second), 'rows of the source that the file lacks', '1']])
})

test('verify reports a file as not comparable if its source has been reset', async () => {
  const tenant = await verification.twoDays()
  await verification.forge(
    `UPDATE tidemark.delivery SET system_identifier = '1/1' WHERE tenant_id = '${tenant.id}' AND entity = '${entity}';
       UPDATE tidemark.delivery SET timeline = 99 WHERE tenant_id = '${tenant.id}' AND entity = 'site'`,
  )
  const report = await verification.verified({ tenantId: tenant.id })
  expect(report).toMatchObject({ differences: [], notLookedAt: [], sourceRows: 0 })
  expect(report.notComparable.map(({ path }) => path)).toContain(fileOf(tenant, first))
  expect(report.notComparable).toHaveLength(4)
})

test('verify finds stale hidden files, and files that are unknown to the ledger (promise 7)', async () => {
  const tenant = await verification.twoDays()
  const folder = dirname(manifestPath(tenant.id, second))
  const id = randomUUID()
  const strange = [
    `${folder}/.datapackage.json.${id}.part`,
    `${folder}/site/.site.csv.${id}.part`,
    `${folder}/user/user.csv`,
  ]
  await mkdir(verification.local(`${folder}/user`))
  for (const path of strange) await writeFile(verification.local(path), '')
  expect(found(await verification.verified({ tenantId: tenant.id }))).toEqual([
    [strange[0], 'hidden file', 'stale'],
    [strange[1], 'hidden file', 'stale'],
    [strange[2], 'file', 'unknown to the ledger'],
  ])
})

test('verify accepts the hidden file of a running run, and does not check a day that the run writes to', async () => {
  const tenant = await verification.twoDays()
  await world.stopWorkers()
  let held = false
  const holds = createHolds({ [tenant.id]: 'intend' }, () => (held = true))
  onTestFinished(async () => {
    holds.release()
    await world.stopWorkers()
    await world.startWorker()
  })
  // One after the other, or the entity that is not held would be published meanwhile.
  await world.startWorker({ EXPORT_ENTITY_CONCURRENCY: '1' }, { onStep: holds.onStep })
  const run = await tenant.startRun()
  await eventually('the run to be held', () => held)
  expect(await tenant.hiddenFiles()).not.toEqual([])
  expect(await verification.verified({ tenantId: tenant.id })).toMatchObject({ ...clean, files: 4 })
  holds.release()
  await tenant.finished(run.id)
  expect(await verification.verified({ tenantId: tenant.id })).toMatchObject({ ...clean, files: 6 })

  held = false
  const again = createHolds({ [tenant.id]: 'write manifest' }, () => (held = true))
  await world.stopWorkers()
  await world.startWorker({}, { onStep: again.onStep })
  const next = await tenant.startRun()
  await eventually('the run to be held', () => held)
  const report = await verification.verified({ tenantId: tenant.id })
  again.release()
  await tenant.finished(next.id)
  expect(report).toMatchObject({ differences: [] })
  expect(report.notLookedAt).toEqual([
    { path: manifestPath(tenant.id, new Date()), reason: expect.stringContaining(`run ${next.id} is under way`) },
  ])
})

test('verify reports an unreachable server or source as not checked, and not as a difference', async () => {
  const tenant = await verification.twoDays()
  const unreachable = await verification.verified(
    { tenantId: tenant.id },
    { SFTP_PORT: '1', SFTP_TIMEOUT_SECONDS: '4' },
  )
  expect(unreachable.differences).toEqual([])
  expect(unreachable.notLookedAt).toMatchObject([{ reason: expect.stringContaining('SFTP_UNAVAILABLE') }])
  const source = { SOURCE_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' }
  const blind = await verification.verified({ tenantId: tenant.id }, source)
  expect(blind.notLookedAt).toMatchObject([{ reason: expect.stringContaining('SOURCE_UNAVAILABLE') }])
})

async function cli(...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = startProgram('cli', ['verify', ...args], world.environment)
  const code = await program.exitCode()
  return { code, output: program.output() }
}

test('the command verify exits with 0, 1 or 2, and shows the differences', { timeout: 180_000 }, async () => {
  const tenant = await verification.twoDays()
  const fine = await cli('--tenant', tenant.id)
  expect(fine).toMatchObject({ code: 0, output: expect.stringContaining('4 files') })
  expect(fine.output).toContain('No difference.')
  await rm(verification.local(fileOf(tenant, second)))
  const differs = await cli('--tenant', tenant.id, '--day', isoDay(second))
  expect(differs).toMatchObject({ code: 1, output: expect.stringContaining(fileOf(tenant, second)) })
  expect(differs.output).toContain('missing')
})

test.each([
  [[], 'no files are selected. Add --all, --tenant or --day.'],
  [['--day', '2026-02-30'], 'give it as YYYY-MM-DD'],
  [['--tenant', 'nobody'], 'The ledger has no file of nobody.'],
])('the command verify exits with 2 for %j', { timeout: 180_000 }, async (args, says) => {
  expect(await cli(...args)).toMatchObject({ code: 2, output: expect.stringContaining(says) })
})
