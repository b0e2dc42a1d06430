import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { composeVerifier, type Report, type VerifyRequest } from '../../src/compose/verifier.js'
import { loadConfig } from '../../src/config/config.js'
import { deliveryPath, isoDay, manifestPath } from '../../src/domain/delivery-path.js'
import type { ManifestResource } from '../../dev/demo/tenant-files.js'
import { anActor } from '../support/builders.js'
import { midnight } from '../support/days.js'
import { eventually } from '../support/eventually.js'
import { createHolds } from '../support/holds.js'
import { startProgram } from '../support/program.js'
import type { TestTenant } from '../support/tenant.js'
import { createWorld, type World } from '../support/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const never = new AbortController().signal
const entity = 'site_category'
const [first, second] = [midnight(2), midnight(1)]
const local = (path: string) => join(world.sftp.folder, path)
const fileOf = (tenant: TestTenant, to: Date) => deliveryPath(tenant.id, entity, to)

/** Two days of two entities: full loads of some rows, then deltas with two new rows of one entity. */
async function twoDays(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 30, site_category: 12, site: 5 }, before: midnight(3) })
  await tenant.register({ entityList: 'site category, site' })
  await tenant.backfill(first)
  await world.sql(
    `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at)
     VALUES ($1, 'new-00000901', 'with "quotes", a comma' || chr(10) || 'and a line', 1, true, $2), ($1, 'new-00000902', '', 2, false, $2)`,
    [tenant.id, midnight(1.5)],
  )
  await tenant.backfill(second)
  return tenant
}

async function verified(request: Partial<VerifyRequest>, environment = {}): Promise<Report> {
  await using verifier = await composeVerifier(loadConfig({ ...world.environment, ...environment }))
  return await verifier.verify({ withSource: true, ...request }, never)
}

const found = (report: Report) => report.differences.map(({ path, what, found: is }) => [path, what, is])
const clean = { differences: [], notComparable: [], notLookedAt: [] }

/** Behind the backs of triggers, as nobody but a superuser could. */
async function forge(statements: string): Promise<void> {
  await world.sql(`BEGIN; SET LOCAL session_replication_role = replica; ${statements}; COMMIT`)
}

/** As if what is written had been there before the files were read. */
async function forgeSource(statements: string): Promise<void> {
  const table = 'ALTER TABLE analytics.site_category'
  await world.sql(`BEGIN; ${table} DISABLE TRIGGER USER; ${statements}; COMMIT`)
  await world.sql(`${table} ENABLE ALWAYS TRIGGER record_change`)
}

/** Writes another content, with which manifest and, if told so, ledger agree. */
async function rewrite(tenant: TestTenant, to: Date, rows: number, content: Buffer, ledger: boolean): Promise<void> {
  const path = fileOf(tenant, to)
  await writeFile(local(path), content)
  const sha256 = createHash('sha256').update(content).digest('hex')
  const manifest = local(manifestPath(tenant.id, to))
  const json = JSON.parse(await readFile(manifest, 'utf8')) as { resources: ManifestResource[] }
  const resources = json.resources.map((resource) =>
    resource.entity === entity ? { ...resource, bytes: content.length, rows, hash: `sha256:${sha256}` } : resource,
  )
  const bytes = Buffer.from(`${JSON.stringify({ ...json, resources }, null, 2)}\n`)
  await writeFile(manifest, bytes)
  if (!ledger) return
  const ofManifest = createHash('sha256').update(bytes).digest('hex')
  const day = isoDay(to)
  await forge(
    `UPDATE tidemark.delivery SET rows = ${rows}, source_rows = ${rows}, bytes = ${content.length}, sha256 = '${sha256}'
     WHERE tenant_id = '${tenant.id}' AND entity = '${entity}' AND day = '${day}';
     UPDATE tidemark.manifest SET bytes = ${bytes.length}, sha256 = '${ofManifest}'
     WHERE tenant_id = '${tenant.id}' AND day = '${day}'`,
  )
}

const linesOf = async (tenant: TestTenant, to: Date) =>
  (await readFile(local(fileOf(tenant, to)), 'utf8')).split('\n').slice(0, -1)

describe('what was delivered as it should be', () => {
  test('has no difference: files, manifests, chain and source, of a tenant, of a day, of all', async () => {
    const tenant = await twoDays()
    expect(await verified({ tenantId: tenant.id })).toMatchObject({ ...clean, files: 4, rows: 19, sourceRows: 19 })
    expect(await verified({ tenantId: tenant.id, day: second })).toMatchObject({ ...clean, files: 2, rows: 2 })
    expect(await verified({ tenantId: tenant.id, withSource: false })).toMatchObject({ ...clean, sourceRows: 0 })
    const all = await verified({ day: first })
    expect(all.files).toBeGreaterThanOrEqual(2)
  })

  test('nor has it after a second run of a day, a redelivery, and changes in the source since', async () => {
    const tenant = await twoDays()
    await tenant.mutate({ inserts: 5, updates: 6, deletes: 2 })
    await tenant.runNow()
    await tenant.mutate({ inserts: 5, updates: 6, deletes: 2 })
    await tenant.runNow()
    const actor = anActor(tenant.id)
    const redelivery = await world.useCases.runs.redeliver(actor, { from: new Date(0), to: midnight(0) })
    if (!redelivery.ok) throw new Error('refused')
    expect(await tenant.finished(redelivery.value.id)).toMatchObject({ status: 'SUCCEEDED' })
    const report = await verified({ tenantId: tenant.id })
    expect(report).toMatchObject({ ...clean, files: 6 })
    expect(report.sourceRows).toBeGreaterThan(0)
  })

  test('tells how far it is', async () => {
    const tenant = await twoDays()
    await using verifier = await composeVerifier(world.config)
    const told: [number, number, number, number][] = []
    const request = { tenantId: tenant.id, withSource: false }
    const report = await verifier.verify(request, never, ({ files, allFiles, bytes, allBytes }) =>
      told.push([files, allFiles, bytes, allBytes]),
    )
    expect(told.at(-1)).toEqual([4, 4, report.bytes, report.bytes])
    expect(told).toEqual(told.toSorted((one, other) => one[2] - other[2]))
  })
})

describe('a file', () => {
  test('with another byte is found: its checksum, and the row', async () => {
    const tenant = await twoDays()
    const path = fileOf(tenant, second)
    const content = await readFile(local(path))
    content.write('M', content.indexOf('new-00000901'))
    await writeFile(local(path), content)
    const differences = found(await verified({ tenantId: tenant.id }))
    expect(differences).toEqual([
      [path, 'sha256', createHash('sha256').update(content).digest('hex')],
      [path, 'rows of the source that the file lacks', '1'],
    ])
  })

  test('that was truncated is found', async () => {
    const tenant = await twoDays()
    const path = fileOf(tenant, first)
    const { length } = await readFile(local(path))
    await truncate(local(path), length - 5)
    const differences = found(await verified({ tenantId: tenant.id }))
    expect(differences.map(([, what]) => what)).toEqual(
      expect.arrayContaining([
        'bytes',
        'sha256',
        'line end at the end of the file',
        'rows of the source that the file lacks',
      ]),
    )
    expect(new Set(differences.map(([which]) => which))).toEqual(new Set([path]))
  })

  test('that is missing is found', async () => {
    const tenant = await twoDays()
    const path = fileOf(tenant, second)
    await rm(local(path))
    expect(found(await verified({ tenantId: tenant.id }))).toEqual([[path, 'file', 'missing']])
  })

  test.each([false, true])(
    'that lacks a row is found, though its manifest agrees (and the ledger: %s)',
    async (ledger) => {
      const tenant = await twoDays()
      const path = fileOf(tenant, first)
      const lines = await linesOf(tenant, first)
      await rewrite(tenant, first, 11, Buffer.from(`${lines.toSpliced(5, 1).join('\n')}\n`), ledger)
      const report = await verified({ tenantId: tenant.id })
      expect(found(report)).toContainEqual([path, 'rows of the source that the file lacks', '1'])
      if (ledger) expect(report.differences).toHaveLength(1)
      else expect(found(report)).toContainEqual([path, 'rows', '11'])
    },
  )

  test('with a row twice, one of another tenant, one with too few fields and bytes that are no UTF-8 is found, though all agree', async () => {
    const tenant = await twoDays()
    const path = fileOf(tenant, first)
    const lines = await linesOf(tenant, first)
    const foreign = lines[1]!.replace(tenant.id, 't-other').replace(/^[^,]+/, 'of-another')
    const text = `${[...lines, lines[3], foreign, 'short'].join('\n')}\n`
    await rewrite(tenant, first, 15, Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a])]), true)
    const differences = found(await verified({ tenantId: tenant.id, withSource: false }))
    expect(differences).toEqual(
      expect.arrayContaining([
        [path, 'UTF-8', 'invalid'],
        [path, 'rows', '16'],
        [path, 'rows with another number of fields than the header', '2'],
        [path, 'rows with a key that a row before them has', '1'],
      ]),
    )
    expect(differences.find(([, what]) => what === 'rows of another tenant')?.[2]).toBe('3')
  })

  test('with a quote that is never closed is found, without a word of what it holds', async () => {
    const tenant = await twoDays()
    const path = fileOf(tenant, first)
    const text = await readFile(local(path), 'utf8')
    await writeFile(local(path), `${text}"secret-value,`)
    const report = await verified({ tenantId: tenant.id })
    expect(found(report)).toContainEqual([path, 'CSV', expect.stringMatching(/^CSV_QUOTE_NOT_CLOSED in line \d+$/)])
    expect(JSON.stringify(report)).not.toContain('secret-value')
  })

  test('with other columns is found', async () => {
    const tenant = await twoDays()
    const text = await readFile(local(fileOf(tenant, first)), 'utf8')
    await writeFile(local(fileOf(tenant, first)), text.replace('name', 'nome'))
    const differences = found(await verified({ tenantId: tenant.id }))
    expect(differences.map(([, what]) => what)).toEqual(['sha256', 'header'])
  })
})

describe('a manifest', () => {
  test('that is missing is found', async () => {
    const tenant = await twoDays()
    const path = manifestPath(tenant.id, second)
    await rm(local(path))
    expect(found(await verified({ tenantId: tenant.id }))).toEqual([[path, 'manifest', 'missing']])
  })

  test('with another checksum of a file is found, and one that leaves a file out, or names one too many', async () => {
    const tenant = await twoDays()
    const path = manifestPath(tenant.id, second)
    const json = JSON.parse(await readFile(local(path), 'utf8')) as { resources: ManifestResource[] }
    const [one, other] = json.resources
    const write = (resources: unknown[]) => writeFile(local(path), JSON.stringify({ ...json, resources }))
    await write([
      { ...one, hash: `sha256:${'0'.repeat(64)}`, sequence: 7 },
      { ...other, path: 'nowhere/nothing.csv' },
    ])
    const file = (resource: ManifestResource | undefined) => `${dirname(path)}/${resource?.path}`
    const differences = found(await verified({ tenantId: tenant.id }))
    expect(differences).toEqual(
      expect.arrayContaining([
        [path, 'sha256 of the manifest', expect.stringMatching(/^[0-9a-f]{64}$/)],
        [file(one), 'hash in the manifest', `sha256:${'0'.repeat(64)}`],
        [file(one), 'sequence in the manifest', '7'],
        [file(other), 'times the manifest names it', '0'],
        [`${dirname(path)}/nowhere/nothing.csv`, 'file in the manifest', 'unknown to the ledger'],
      ]),
    )
    await writeFile(local(path), '{ "resources": [')
    expect(found(await verified({ tenantId: tenant.id }))).toContainEqual([
      path,
      'form of the manifest',
      'something else',
    ])
  })
})

describe('the ledger', () => {
  test('with a window that was shifted is found: a gap, and what the manifest says', async () => {
    const tenant = await twoDays()
    await forge(
      `UPDATE tidemark.delivery SET "from" = "from" + interval '1 hour'
       WHERE tenant_id = '${tenant.id}' AND entity = '${entity}' AND mode = 'DELTA'`,
    )
    const path = fileOf(tenant, second)
    const shifted = new Date(first.getTime() + 3_600_000).toISOString()
    const differences = found(await verified({ tenantId: tenant.id }))
    expect(differences).toContainEqual([path, 'window begins where the file before it ends', shifted])
    expect(differences.map(([, what]) => what)).toContain('window in the manifest')
  })

  test('that lost a delivery, so that the chain has a hole, is found, and so is a watermark that is elsewhere', async () => {
    const tenant = await twoDays()
    const third = await tenant.backfill(midnight(0))
    expect(third[0]?.status).toBe('SUCCEEDED')
    await forge(
      `DELETE FROM tidemark.delivery WHERE tenant_id = '${tenant.id}' AND entity = '${entity}' AND sequence = 2;
       UPDATE tidemark.watermark SET "to" = "to" - interval '1 day'
       WHERE tenant_id = '${tenant.id}' AND entity = 'site'`,
    )
    const differences = found(await verified({ tenantId: tenant.id }))
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
})

describe('the source', () => {
  test('with a row that the file of its window lacks is found', async () => {
    const tenant = await twoDays()
    await forgeSource(
      `INSERT INTO analytics.site_category (tenant_code, code, name, sort_order, is_visible, updated_at, change_xid)
       SELECT tenant_code, 'lost', 'lost', 1, true, updated_at, change_xid FROM analytics.site_category
       WHERE tenant_code = '${tenant.id}' AND code = 'new-00000901'`,
    )
    const expected = [[fileOf(tenant, second), 'rows of the source that the file lacks', '1']]
    expect(found(await verified({ tenantId: tenant.id }))).toEqual(expected)
    expect(found(await verified({ tenantId: tenant.id, withSource: false }))).toEqual([])
  })

  test('with NULL where the file has the empty string is found', async () => {
    const tenant = await twoDays()
    await forgeSource(
      `ALTER TABLE analytics.site_category ALTER COLUMN name DROP NOT NULL;
       UPDATE analytics.site_category SET name = NULL WHERE tenant_code = '${tenant.id}' AND code = 'new-00000902'`,
    )
    const differences = found(await verified({ tenantId: tenant.id }))
    await forgeSource(
      `UPDATE analytics.site_category SET name = '' WHERE name IS NULL;
       ALTER TABLE analytics.site_category ALTER COLUMN name SET NOT NULL`,
    )
    expect(differences).toEqual([[fileOf(tenant, second), 'rows of the source that the file lacks', '1']])
  })

  test('that was reset since is said to be not comparable, and is no difference', async () => {
    const tenant = await twoDays()
    await forge(
      `UPDATE tidemark.delivery SET system_identifier = '1/1' WHERE tenant_id = '${tenant.id}' AND entity = '${entity}';
       UPDATE tidemark.delivery SET timeline = 99 WHERE tenant_id = '${tenant.id}' AND entity = 'site'`,
    )
    const report = await verified({ tenantId: tenant.id })
    expect(report).toMatchObject({ differences: [], notLookedAt: [], sourceRows: 0 })
    expect(report.notComparable.map(({ path }) => path)).toContain(fileOf(tenant, first))
    expect(report.notComparable).toHaveLength(4)
  })
})

describe('what else lies there', () => {
  test('a hidden file that no run is writing is found, beside the manifest too, and a file that nobody knows', async () => {
    const tenant = await twoDays()
    const folder = dirname(manifestPath(tenant.id, second))
    const id = randomUUID()
    const strange = [
      `${folder}/.datapackage.json.${id}.part`,
      `${folder}/site/.site.csv.${id}.part`,
      `${folder}/user/user.csv`,
    ]
    await mkdir(local(`${folder}/user`))
    for (const path of strange) await writeFile(local(path), '')
    expect(found(await verified({ tenantId: tenant.id }))).toEqual([
      [strange[0], 'hidden file', 'left behind'],
      [strange[1], 'hidden file', 'left behind'],
      [strange[2], 'file', 'unknown to the ledger'],
    ])
  })

  test('the hidden file of a run under way is none; a day that is being written is said to be not looked at', async () => {
    const tenant = await twoDays()
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
    expect(await verified({ tenantId: tenant.id })).toMatchObject({ ...clean, files: 4 })
    holds.release()
    await tenant.finished(run.id)
    expect(await verified({ tenantId: tenant.id })).toMatchObject({ ...clean, files: 6 })

    held = false
    const again = createHolds({ [tenant.id]: 'write manifest' }, () => (held = true))
    await world.stopWorkers()
    await world.startWorker({}, { onStep: again.onStep })
    const next = await tenant.startRun()
    await eventually('the run to be held', () => held)
    const report = await verified({ tenantId: tenant.id })
    again.release()
    await tenant.finished(next.id)
    expect(report).toMatchObject({ differences: [] })
    expect(report.notLookedAt).toEqual([
      { path: manifestPath(tenant.id, new Date()), reason: expect.stringContaining(`run ${next.id} is under way`) },
    ])
  })

  test('a server or a source that can’t be reached is no difference, but is said', async () => {
    const tenant = await twoDays()
    const unreachable = await verified({ tenantId: tenant.id }, { SFTP_PORT: '1', SFTP_TIMEOUT_SECONDS: '4' })
    expect(unreachable.differences).toEqual([])
    expect(unreachable.notLookedAt).toMatchObject([{ reason: expect.stringContaining('SFTP_UNAVAILABLE') }])
    const source = { SOURCE_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' }
    const blind = await verified({ tenantId: tenant.id }, source)
    expect(blind.notLookedAt).toMatchObject([{ reason: expect.stringContaining('SOURCE_UNAVAILABLE') }])
  })
})

describe('the command', () => {
  async function cli(...args: string[]): Promise<{ code: number | null; output: string }> {
    const program = startProgram('cli', ['verify', ...args], world.environment)
    const code = await program.exitCode()
    return { code, output: program.output() }
  }

  test('ends with 0, 1 or 2, and shows what differs', { timeout: 180_000 }, async () => {
    const tenant = await twoDays()
    const fine = await cli('--tenant', tenant.id)
    expect(fine).toMatchObject({ code: 0, output: expect.stringContaining('4 files') })
    expect(fine.output).toContain('No difference.')
    await rm(local(fileOf(tenant, second)))
    const differs = await cli('--tenant', tenant.id, '--day', isoDay(second))
    expect(differs).toMatchObject({ code: 1, output: expect.stringContaining(fileOf(tenant, second)) })
    expect(differs.output).toContain('missing')
  })

  test.each([
    [[], 'say what to verify: --all, --tenant or --day'],
    [['--day', '2026-02-30'], 'give it as YYYY-MM-DD'],
    [['--tenant', 'nobody'], 'The ledger has no file of nobody.'],
  ])('%j is refused with 2', { timeout: 180_000 }, async (args, says) => {
    expect(await cli(...args)).toMatchObject({ code: 2, output: expect.stringContaining(says) })
  })
})
