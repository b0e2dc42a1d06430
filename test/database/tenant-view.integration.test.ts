import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuditStore } from '../../src/database/audit-store.js'
import { openDatabase } from '../../src/database/client.js'
import type { Actor } from '../../src/domain/actor.js'
import { exportErrors } from '../../src/domain/errors.js'
import { pendingScheduleMessage, tenantMessages } from '../../src/domain/tenant-messages.js'
import { createAudit } from '../../src/services/audit.js'
import { anActor } from '../support/world/builders.js'
import { openServices, type TestServices } from '../support/world/services.js'
import { aNewRun, aPlan, newTenant, noTrouble } from '../support/world/stores.js'

let services: TestServices
beforeAll(async () => {
  services = await openServices()
})
afterAll(() => services[Symbol.asyncDispose]())

const inside = 'connect ECONNREFUSED 10.0.7.12:5432, login tidemark_reader, database warehouse_prod'
const operatorOf = (tenantId: string): Actor => ({
  ...anActor(tenantId, 'olga@platform.example'),
  isOperator: true,
  address: '10.1.2.3',
})

async function failedRun(tenantId: string): Promise<string> {
  const run = await services.stores.runs.begin(aNewRun(tenantId, { id: randomUUID() }), aPlan('user'))
  const failure = { entity: 'user', code: 'SOURCE_UNAVAILABLE' as const, message: inside }
  const error = { code: 'SFTP_UNAVAILABLE' as const, message: inside }
  await services.stores.runs.finish(run, { ...noTrouble, error, failures: [failure] })
  return run.id
}

test('a tenant reads of a failure its code and a fixed message, and an operator reads the cause', async () => {
  const tenantId = newTenant()
  const id = await failedRun(tenantId)
  const runs = services.runs()
  const seen = [await runs.find(anActor(tenantId), id), (await runs.page(anActor(tenantId), {})).edges[0]?.node]
  for (const run of seen) {
    expect(run?.error).toEqual({ code: 'SFTP_UNAVAILABLE', message: tenantMessages.SFTP_UNAVAILABLE })
    expect(run?.entities[0]?.error).toEqual({
      code: 'SOURCE_UNAVAILABLE',
      message: tenantMessages.SOURCE_UNAVAILABLE,
    })
  }
  expect(
    JSON.stringify(
      seen.map((run) => [run?.error, run?.entities]),
      bigints,
    ),
  ).not.toMatch(/10\.0|tidemark_reader|warehouse/)
  const whole = await runs.find(operatorOf(tenantId), id)
  expect([whole?.error?.message, whole?.entities[0]?.error?.message]).toEqual([inside, inside])
})

test('every error code has a message for tenants, without words that are for operators', () => {
  expect(Object.keys(tenantMessages).toSorted()).toEqual(Object.keys(exportErrors).toSorted())
  for (const message of Object.values(tenantMessages))
    expect(message).not.toMatch(/Postgres|Temporal|catalog|claim|worker/)
})

test('a tenant reads that its schedule is pending, and an operator reads why', async () => {
  const tenantId = newTenant()
  const schedules = services.scheduleSync({ gateway: services.unreachable.schedules })
  const registrations = services.registrations({ schedules })
  const replaced = await registrations.replace(anActor(tenantId), { entityList: 'user' })
  expect(replaced).toMatchObject({
    ok: true,
    value: { registration: { schedule: { state: 'PENDING', error: pendingScheduleMessage } } },
  })
  const options = { includeInactive: false }
  const own = await registrations.current(anActor(tenantId), options)
  expect(own?.schedule.error).toBe(pendingScheduleMessage)
  const whole = await registrations.current(operatorOf(tenantId), options)
  expect(whole?.schedule.error).toMatch(/Temporal/)
})

test('a tenant reads that an operator acted, but not which one and not from where', async () => {
  const tenantId = newTenant()
  const database = openDatabase({ url: services.stores.serviceUrl, poolSize: 2 })
  const audit = createAudit({
    transact: services.stores.transact,
    audit: createAuditStore(database),
    events: services.events,
  })
  const operator = operatorOf(tenantId)
  await services.registrations().replace(operator, { entityList: 'user' })
  await services.registrations().replace(anActor(tenantId), { entityList: 'user logins' })
  const own = (await audit.page(anActor(tenantId), {})).edges.map(({ node }) => node)
  expect(own).toMatchObject([
    { isOperator: false, subject: 'tester', clientId: 'a-client', address: '192.0.2.1' },
    { isOperator: true, subject: 'operator', clientId: null, address: null },
  ])
  const current = await services.registrations().current(anActor(tenantId), { includeInactive: true })
  const changes = await services.registrations().changes(anActor(tenantId), 10)
  expect(JSON.stringify([own, current, changes])).not.toMatch(/olga|10\.1\.2\.3/)
  expect((await audit.page(operator, {})).edges[1]?.node).toMatchObject({
    subject: 'olga@platform.example',
    address: '10.1.2.3',
  })
  await database.close()
})

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
