import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { composeVerifier } from '../../src/compose/verifier.js'
import { loadConfig } from '../../src/config/config.js'
import type { OnStep } from '../../src/domain/run-step.js'
import type { RegistrationInput } from '../../src/services/registrations/registration-input.js'
import { anActor } from '../support/world/builders.js'
import { farFromMidnight, midnight } from '../support/world/days.js'
import { csvRows, type TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

/** Which columns files have, alone and exported together. */

const secret = 'secret@example.com'
const columnsOfUser = [
  'code',
  'tenant_code',
  'external_id',
  'email',
  'first_name',
  'last_name',
  'job_title',
  'department',
]
const rest = ['locale', 'status', 'manager_user_code', 'profile', 'hired_on', 'last_login_at']
const required = ['is_deleted', 'created_at', 'updated_at']
const allColumns = [...columnsOfUser, ...rest, ...required]
const without = (...names: string[]): string[] => allColumns.filter((name) => !names.includes(name))
const personal = ['external_id', 'email', 'first_name', 'last_name', 'profile']
const withoutEmail = { columns: [{ entity: 'user', exclude: ['email'] }] }

describe.each(['1', '32'])('with at most %s files together', (EXPORT_FILES_TOGETHER) => {
  let world: World
  let onStep: OnStep = () => undefined
  beforeAll(async () => {
    await farFromMidnight()
    world = await createWorld({ worker: false, environment: { EXPORT_FILES_TOGETHER } })
    await world.startWorker({}, { onStep: (step, subject) => onStep(step, subject) })
  })
  afterAll(() => world[Symbol.asyncDispose]())
  beforeEach(() => {
    onStep = () => undefined
  })

  const register = (tenant: TestTenant, selection: RegistrationInput = {}) =>
    tenant.register({ entityList: 'user, site category', ...selection })

  /** A tenant with three users of four days ago, each with the secret as its address. */
  async function tenantWith(selection: RegistrationInput = {}): Promise<TestTenant> {
    const tenant = await world.tenant({ rows: { user: 3, site_category: 2 }, before: midnight(4) })
    await world.sql('ALTER TABLE analytics."user" DISABLE TRIGGER record_change')
    await world.sql(`UPDATE analytics."user" SET email = $2 WHERE tenant_code = $1`, [tenant.id, secret])
    await world.sql('ALTER TABLE analytics."user" ENABLE ALWAYS TRIGGER record_change')
    await register(tenant, selection)
    return tenant
  }

  /** The last file of users with what its manifest says. */
  async function lastFile(tenant: TestTenant) {
    const delivered = (await tenant.delivered()).filter(({ resource }) => resource.entity === 'user')
    const { resource, file } = delivered.at(-1)!
    const { content } = file
    const { schema, schemaVersion } = resource as unknown as {
      schema: { fields: { name: string }[]; primaryKey: string[] }
      schemaVersion: number
    }
    const [header = ''] = content.toString().split('\n')
    return { ...resource, schema, schemaVersion, content, header: header.split(',') }
  }

  async function expectColumns(tenant: TestTenant, names: readonly string[], schemaVersion: number): Promise<void> {
    const file = await lastFile(tenant)
    expect(file.header).toEqual(names)
    expect(file.schema.fields.map(({ name }) => name)).toEqual(names)
    expect(file).toMatchObject({ schemaVersion, schema: { primaryKey: ['code'] } })
    expect(file.content.includes(secret)).toBe(names.includes('email') && file.rows > 0)
  }

  async function expectClean(tenant: TestTenant): Promise<void> {
    await using verifier = await composeVerifier(loadConfig(world.environment))
    const report = await verifier.verify({ tenantId: tenant.id, withSource: true }, new AbortController().signal)
    expect(report).toMatchObject({ differences: [], notComparable: [], notLookedAt: [] })
  }

  const touch = (tenant: TestTenant) =>
    world.sql(`UPDATE analytics."user" SET job_title = 'new' WHERE tenant_code = $1`, [tenant.id])

  test('columns that are left out and put back come with deltas, and each change raises the schema version (promises 5, 12)', async () => {
    const tenant = await tenantWith()
    await tenant.backfill(midnight(3))
    await expectColumns(tenant, allColumns, 1)
    const { registration, notices } = await register(tenant, { ...withoutEmail, excludeTags: [] })
    expect(notices).toEqual([])
    expect(registration.entities.find(({ entity }) => entity.name === 'user')?.columns).toEqual(without('email'))
    await tenant.backfill(midnight(2))
    await expectColumns(tenant, without('email'), 2)
    await register(tenant, { excludeTags: ['pii'] })
    await tenant.backfill(midnight(1))
    await expectColumns(tenant, without(...personal), 3)
    const back = await register(tenant)
    expect(back.notices).toMatchObject([{ code: 'COLUMNS_ADDED', entities: [{ name: 'user' }] }])
    await touch(tenant)
    await tenant.backfill(midnight(0))
    await expectColumns(tenant, allColumns, 4)
    const modes = (await tenant.allRuns()).flatMap(({ entities }) => entities.map(({ mode }) => mode))
    expect(modes).toEqual(['FULL', 'FULL', ...Array<string>(6).fill('DELTA')])
    await expectClean(tenant)
  })

  test('a full load has the columns of the selection, and nothing of what is left out', async () => {
    const tenant = await tenantWith({ columns: [{ entity: 'user', include: ['status', 'job_title'] }] })
    await tenant.backfill(midnight(1))
    await expectColumns(tenant, ['code', 'job_title', 'status', 'is_deleted', 'updated_at'], 1)
    const file = await lastFile(tenant)
    expect(file).toMatchObject({ mode: 'full', rows: 3 })
    expect(csvRows(file.content)).toHaveLength(3)
    const stored = await tenant.files()
    expect(stored.filter(({ content }) => content.includes(secret) || content.includes('"email"'))).toEqual([])
    await expectClean(tenant)
  })

  test('a second run on the same day replaces the file with one that lacks a column that was left out since (promise 6)', async () => {
    const tenant = await tenantWith()
    await tenant.runNow()
    await expectColumns(tenant, allColumns, 1)
    await register(tenant, withoutEmail)
    await tenant.runNow()
    await expectColumns(tenant, without('email'), 2)
    expect(await lastFile(tenant)).toMatchObject({ mode: 'full', rows: 3, revision: 2 })
    await expectClean(tenant)
  })

  test('a run and its retries keep the columns that the run began with', async () => {
    const tenant = await tenantWith(withoutEmail)
    let intents = 0
    onStep = async (step, { entity }) => {
      if (step === 'claim') await register(tenant)
      if (step !== 'intend' || (entity !== undefined && entity !== 'user')) return
      intents += 1
      if (intents === 1) throw new Error('the worker died')
    }
    const [run] = await tenant.backfill(midnight(1))
    expect(run?.status).toBe('SUCCEEDED')
    expect(intents).toBeGreaterThan(1)
    await expectColumns(tenant, without('email'), 1)
    onStep = () => undefined
    await tenant.runNow()
    await expectColumns(tenant, allColumns, 2)
    await expectClean(tenant)
  })

  test('a redelivered file lacks a column that was left out after its first delivery', async () => {
    const tenant = await tenantWith()
    await tenant.backfill(midnight(1))
    expect((await tenant.files()).some(({ content }) => content.includes(secret))).toBe(true)
    await register(tenant, withoutEmail)
    const asked = await world.useCases.runs.redeliver(anActor(tenant.id), { from: midnight(2), to: midnight(0) })
    if (!asked.ok) throw new Error(JSON.stringify(asked.userErrors))
    expect(await tenant.finished(asked.value.id)).toMatchObject({ status: 'SUCCEEDED' })
    await expectColumns(tenant, without('email'), 2)
    expect(await lastFile(tenant)).toMatchObject({ mode: 'full', rows: 3, redelivered: true })
    expect((await tenant.files()).filter(({ content }) => content.includes(secret))).toEqual([])
    await expectClean(tenant)
  })

  test('the history of a registration has each selection, and a call that repeats it changes nothing', async () => {
    const tenant = await tenantWith(withoutEmail)
    expect(await register(tenant, withoutEmail)).toMatchObject({ changed: false, registration: { version: 1 } })
    expect(await register(tenant, { excludeTags: ['pii'] })).toMatchObject({ changed: true })
    const [last, first] = await world.useCases.registrations.changes(anActor(tenant.id), 2)
    expect(first?.after.columnSelection).toEqual({ columns: { user: { exclude: ['email'] } }, excludeTags: [] })
    expect(last?.before?.columnSelection).toEqual(first?.after.columnSelection)
    expect(last?.after.columnSelection).toEqual({ columns: {}, excludeTags: ['pii'] })
  })

  // The last test: the table stays without the column.
  test('a column that is left out is not read from the source, so it can be missing there', async () => {
    const [kept, selecting] = [
      await tenantWith(),
      await tenantWith({ columns: [{ entity: 'user', exclude: ['locale'] }] }),
    ]
    await world.sql('ALTER TABLE analytics."user" DROP COLUMN locale')
    const [run] = await selecting.backfill(midnight(1))
    expect(run?.status).toBe('SUCCEEDED')
    await expectColumns(selecting, without('locale'), 1)
    const [failed] = await kept.backfill(midnight(1))
    expect(failed).toMatchObject({ status: 'PARTIALLY_FAILED' })
    const user = failed?.entities.find(({ entity }) => entity === 'user')
    expect(user?.error).toMatchObject({ code: 'SOURCE_SCHEMA_MISMATCH' })
  })
})
