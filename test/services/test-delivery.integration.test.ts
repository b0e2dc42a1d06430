import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeliveryTestGateway } from '../../src/schedules/delivery-test-gateway.js'
import { openTemporal } from '../../src/schedules/temporal.js'
import { createDeliveryTests, type DeliveryTest } from '../../src/services/test-delivery.js'
import type { Outcome } from '../../src/services/outcome.js'
import { anActor } from '../support/world/builders.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => world.stopWorkers())

async function registered(): Promise<TestTenant> {
  const tenant = await world.tenant({ rows: { user: 2, site_category: 2, site: 3 } })
  await tenant.register({ entityList: 'site' })
  return tenant
}

const operatorFor = ({ id }: TestTenant) => ({ ...anActor(id, 'olga'), isOperator: true })

function stepsOf(outcome: Outcome<DeliveryTest>): DeliveryTest['steps'] {
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return outcome.value.steps
}

const failing = (outcome: Outcome<DeliveryTest>) =>
  stepsOf(outcome)
    .filter(({ status }) => status === 'FAILED')
    .map(({ name, code }) => [name, code])

describe('testDelivery', () => {
  test('every step succeeds where deliveries succeed, and nothing is left or recorded but the audit event', async () => {
    await world.startWorker()
    const tenant = await registered()
    await tenant.runNow()
    const before = await state(tenant)
    const outcome = await world.useCases.deliveryTests.test(operatorFor(tenant))
    expect(outcome).toMatchObject({ ok: true, value: { passed: true } })
    expect(stepsOf(outcome).map(({ name }) => name)).toEqual([
      'WORKER',
      ...['SFTP_RESOLVE', 'SFTP_CONNECT', 'SFTP_HOST_KEY', 'SFTP_LOGIN'],
      ...['SFTP_FOLDER', 'SFTP_WRITE', 'SFTP_RENAME', 'SFTP_REMOVE', 'SFTP_SPACE'],
      ...['SOURCE_CONNECT', 'SOURCE_RIGHTS', 'SOURCE_TRIGGER', 'SOURCE_INDEX'],
    ])
    expect(await state(tenant)).toEqual(before)
    const events = await world.sql(
      `SELECT subject, is_operator FROM tidemark.audit_event WHERE tenant_id = $1 AND action = 'DELIVERY_TESTED'`,
      [tenant.id],
    )
    expect(events).toEqual([{ subject: 'olga', is_operator: true }])
  })

  test('a wrong password fails the login: an operator reads the cause, and a tenant a fixed message', async () => {
    await world.startWorker({ SFTP_PASSWORD: 'not-the-password' })
    const tenant = await registered()
    const told = await world.useCases.deliveryTests.test(operatorFor(tenant))
    expect(failing(told)).toEqual([['SFTP_LOGIN', 'SFTP_AUTHENTICATION_FAILED']])
    const { host, port } = world.sftp.proxy
    expect(stepsOf(told)[4]).toMatchObject({
      message: expect.stringContaining(`${host}:${port}`),
      remedy: expect.stringContaining('SFTP_USERNAME'),
    })
    const public_ = await world.useCases.deliveryTests.test(anActor(tenant.id))
    expect(failing(public_)).toEqual([['SFTP_LOGIN', 'SFTP_AUTHENTICATION_FAILED']])
    const shown = JSON.stringify(stepsOf(public_))
    for (const inner of [String(port), host, 'SFTP_USERNAME', 'analytics.']) expect(shown).not.toContain(inner)
  })

  test('a missing trigger and a missing index are named with the statements that repair them', async () => {
    await world.startWorker()
    const tenant = await registered()
    await world.sql('ALTER TABLE analytics.site DISABLE TRIGGER ALL')
    const indexes = await world.sql<{ name: string }>(
      `SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'analytics' AND tablename = 'site'
         AND indexname NOT LIKE '%_pkey'`,
    )
    for (const { name } of indexes) await world.sql(`DROP INDEX analytics."${name}"`)
    const outcome = await world.useCases.deliveryTests.test(operatorFor(tenant))
    await world.sql('ALTER TABLE analytics.site ENABLE TRIGGER ALL')
    expect(failing(outcome)).toEqual([['SOURCE_TRIGGER', 'SOURCE_CHANGES_UNTRACKED']])
    const index = stepsOf(outcome).find(({ name }) => name === 'SOURCE_INDEX')
    expect(index).toMatchObject({ status: 'WARNING', remedy: expect.stringContaining('CREATE INDEX') })
    const trigger = stepsOf(outcome).find(({ name }) => name === 'SOURCE_TRIGGER')
    expect(trigger).toMatchObject({
      message: expect.stringContaining('analytics.site'),
      remedy: expect.stringContaining('ENABLE ALWAYS TRIGGER'),
    })
  })

  test('an unreachable source fails its first step, and the steps of SFTP are taken all the same', async () => {
    await world.startWorker({ SOURCE_DATABASE_URL: 'postgresql://reader:secret-word@127.0.0.1:1/none' })
    const outcome = await world.useCases.deliveryTests.test(operatorFor(await registered()))
    expect(failing(outcome)).toEqual([['SOURCE_CONNECT', 'SOURCE_UNAVAILABLE']])
    expect(stepsOf(outcome).find(({ name }) => name === 'SFTP_REMOVE')?.status).toBe('OK')
    expect(JSON.stringify(stepsOf(outcome))).not.toContain('secret-word')
  })

  test('without a worker, the step of the worker fails, and a worker that comes later does not take the test', async () => {
    const tenant = await registered()
    const temporal = openTemporal(world.config.temporal)
    const tests = createDeliveryTests({
      transact: world.useCases.transact,
      registrations: world.useCases.registrationStore,
      gateway: createDeliveryTestGateway(temporal, world.config.temporal),
      limits: { takenMs: 500, finishedMs: 500 },
    })
    try {
      const outcome = await tests.test(operatorFor(tenant))
      expect(failing(outcome)).toEqual([['WORKER', null]])
      expect(stepsOf(outcome).filter(({ status }) => status === 'SKIPPED')).toHaveLength(13)
      expect(stepsOf(outcome)[0]?.message).toContain('No worker took the test')
      const workflow = await world.temporal.workflow.getHandle(`test-delivery-${tenant.id}`).describe()
      expect(workflow.status.name).toBe('TERMINATED')
    } finally {
      await temporal[Symbol.asyncDispose]()
    }
  })

  test('a tenant that is not registered is refused, and gets no folder', async () => {
    await world.startWorker()
    const tenant = await world.tenant({ rows: { user: 1 } })
    const outcome = await world.useCases.deliveryTests.test(anActor(tenant.id))
    expect(outcome).toMatchObject({ ok: false, userErrors: [{ code: 'NOT_REGISTERED' }] })
    expect(await readdir(join(world.sftp.folder, 'exports')).catch(() => [])).not.toContain(tenant.id)
  })

  test('two tests at once share one, and both get its result', async () => {
    await world.startWorker()
    const tenant = await registered()
    const { deliveryTests } = world.useCases
    const outcomes = await Promise.all([
      deliveryTests.test(operatorFor(tenant)),
      deliveryTests.test(anActor(tenant.id)),
    ])
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: true, value: { passed: true } })
  })
})

/** What a test must not change. */
async function state(tenant: TestTenant): Promise<unknown> {
  const counts = await world.sql(
    `SELECT (SELECT count(*) FROM tidemark.delivery WHERE tenant_id = $1) AS deliveries,
       (SELECT count(*) FROM tidemark.run WHERE tenant_id = $1) AS runs,
       (SELECT json_agg(w ORDER BY entity) FROM tidemark.watermark w WHERE tenant_id = $1) AS watermarks,
       (SELECT json_agg(m ORDER BY day) FROM tidemark.manifest m WHERE tenant_id = $1) AS manifests`,
    [tenant.id],
  )
  return { counts, files: (await tenant.everything()).map(({ path }) => path) }
}
