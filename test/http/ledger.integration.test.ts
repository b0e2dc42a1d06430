import { afterAll, beforeAll, expect, test } from 'vitest'
import { boundaryAtOrBefore } from '../../src/domain/calendar.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { createDeliveries } from '../../src/services/deliveries.js'
import { createLateness } from '../../src/services/lateness.js'
import { createRegistrations } from '../../src/services/registrations/registrations.js'
import { startApi, type TestApi } from '../support/api/api.js'
import { atMidnight, change, disabled, selected, smallCatalog } from '../support/world/builders.js'
import { openServices, type TestServices } from '../support/world/services.js'
import { firstLoad, newTenant, publishOnce, writeRegistration } from '../support/world/stores.js'

let services: TestServices
let api: TestApi
beforeAll(async () => {
  services = await openServices()
  const { stores, gateways, events } = services
  const settings = { graceMinutes: 1, pausedReminderDays: 7 }
  api = await startApi({
    registrations: createRegistrations({
      catalog: smallCatalog,
      ...stores,
      schedules: services.scheduleSync(),
      pauses: gateways.schedules,
      signingKey: async () => undefined,
      events,
    }),
    deliveries: createDeliveries(stores),
    lateness: createLateness({ catalog: smallCatalog, lateness: stores.lateness, settings }),
  })
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
  await services?.[Symbol.asyncDispose]()
})

const dayMs = 86_400_000
const boundary = boundaryAtOrBefore(atMidnight('DAILY'), new Date(Date.now() - 60_000))
const daysBefore = (days: number) => new Date(boundary.getTime() - days * dayMs)
const dateOf = (at: Date) => at.toISOString().slice(0, 10)

async function answerFor(tenantId: string, query: string, variables: Record<string, unknown> = {}) {
  const token = await api.authority.sign({ claims: { tenant_id: tenantId } })
  return (await api.graphql(query, { token, variables })).json()
}

async function ask(tenantId: string, query: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await answerFor(tenantId, query, variables)
  expect(errors).toBeUndefined()
  return data
}

const register = (tenantId: string, target = selected('user', 'site_category'), since = daysBefore(9)) =>
  writeRegistration(services.stores, tenantId, (current) =>
    replaceRegistration(current, target, change(since.toISOString(), 'tester', tenantId)),
  )

const entityState = `{ dataExport(includeInactive: true) { entities {
  entity { internalName } active lastDelivery { rows internalName } coveredUntil overdue nextDeliveryAt
} } }`

test('each registered entity has its last delivery, its watermark, and whether its file is overdue', async () => {
  const tenantId = newTenant()
  await register(tenantId)
  await publishOnce(services.stores, tenantId, 'user', { to: daysBefore(1), file: { rows: 1 } })
  const later = { mode: 'DELTA' as const, from: daysBefore(1), fromSnapshot: '900:905:901', previous: 1 }
  await publishOnce(services.stores, tenantId, 'user', { to: boundary, load: later, file: { rows: 2 } })
  const { dataExport } = await ask(tenantId, entityState)
  expect(dataExport.entities).toEqual([
    {
      entity: { internalName: 'user' },
      active: true,
      lastDelivery: { rows: 2, internalName: 'user' },
      coveredUntil: boundary.toISOString(),
      overdue: false,
      nextDeliveryAt: daysBefore(-1).toISOString(),
    },
    {
      entity: { internalName: 'site_category' },
      active: true,
      lastDelivery: null,
      coveredUntil: null,
      overdue: true,
      nextDeliveryAt: daysBefore(8).toISOString(),
    },
  ])
})

test('an entity of a disabled or paused export is not overdue, and has no next delivery', async () => {
  const tenantId = newTenant()
  const stored = await register(tenantId)
  await publishOnce(services.stores, tenantId, 'user', { to: daysBefore(5) })
  await services.stores.transact(tenantId, ({ registration }) => registration.setPaused(stored, new Date()))
  const [paused] = (await ask(tenantId, entityState)).dataExport.entities
  expect(paused).toMatchObject({ active: true, overdue: false, nextDeliveryAt: null })
  await register(tenantId, disabled)
  const [off] = (await ask(tenantId, entityState)).dataExport.entities
  expect(off).toMatchObject({ active: false, overdue: false, nextDeliveryAt: null, lastDelivery: { rows: 3 } })
  expect(off.coveredUntil).toBe(daysBefore(5).toISOString())
})

test('a preview shows the next run times and deliveries of what it previews', async () => {
  const tenantId = newTenant()
  await register(tenantId, selected('user'), daysBefore(50))
  await publishOnce(services.stores, tenantId, 'user', { to: daysBefore(40) })
  const { previewDataExport } = await ask(
    tenantId,
    `{ previewDataExport(input: { entityList: ["user", "site category"], frequency: MONTHLY }) { dataExport {
      schedule { two: nextRunTimes(first: 2) usual: nextRunTimes }
      entities { overdue nextDeliveryAt }
    } } }`,
  )
  const { schedule, entities } = previewDataExport.dataExport
  expect(schedule.usual).toHaveLength(3)
  expect(schedule.two).toEqual(schedule.usual.slice(0, 2))
  expect(schedule.two.map((time: string) => time.slice(8))).toEqual(Array(2).fill('01T00:00:00.000Z'))
  const next = { overdue: false, nextDeliveryAt: schedule.two[0] }
  expect(entities).toEqual([next, next])
})

test.each([0, 13])('%i next run times are refused', async (first) => {
  const tenantId = newTenant()
  await register(tenantId)
  const query = `{ dataExport { schedule { nextRunTimes(first: ${first}) } } }`
  expect((await answerFor(tenantId, query)).errors).toMatchObject([
    {
      message: `nextRunTimes returns 1 to 12 times, not ${first}. Change the argument first.`,
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ])
})

const dayQuery = `query Days($from: Date!, $to: Date!, $entity: ExportEntityName) {
  exportDays(from: $from, to: $to, entity: $entity) {
    date status files rows bytes fullLoads redeliveredFiles removedFiles failedEntities
    entities { internalName rows bytes files failed entity { displayName } }
  }
}`

test('exportDays has the days of the tenant in order, with their entities', async () => {
  const [tenantId, other] = [newTenant(), newTenant()]
  await publishOnce(services.stores, tenantId, 'user', { to: daysBefore(3), file: { rows: 4 } })
  await publishOnce(services.stores, tenantId, 'gone', { to: daysBefore(1), file: { rows: 2 } })
  await publishOnce(services.stores, other, 'user', { to: daysBefore(2) })
  const range = { from: dateOf(daysBefore(3)), to: dateOf(boundary) }
  const { exportDays } = await ask(tenantId, dayQuery, range)
  const numbers = { bytes: 99, fullLoads: 1, redeliveredFiles: 0, removedFiles: 0, failedEntities: 0, files: 1 }
  const entity = { bytes: 99, files: 1, failed: false }
  expect(exportDays).toEqual([
    {
      ...{ date: dateOf(daysBefore(3)), status: 'DELIVERED', rows: 4, ...numbers },
      entities: [{ internalName: 'user', rows: 4, entity: { displayName: 'user' }, ...entity }],
    },
    {
      ...{ date: dateOf(daysBefore(1)), status: 'DELIVERED', rows: 2, ...numbers },
      entities: [{ internalName: 'gone', rows: 2, entity: null, ...entity }],
    },
  ])
  expect((await ask(tenantId, dayQuery, { ...range, entity: 'USER' })).exportDays).toHaveLength(1)
  expect((await ask(other, dayQuery, range)).exportDays).toHaveLength(1)
})

test('exportDays answers for 400 days, and refuses 401', async () => {
  const to = new Date('2026-11-23T00:00:00Z')
  const range = (days: number) => ({ from: dateOf(new Date(to.getTime() - (days - 1) * dayMs)), to: dateOf(to) })
  expect(await ask(newTenant(), dayQuery.replace('entity { displayName }', ''), range(400))).toEqual({ exportDays: [] })
  const few = 'query Days($from: Date!, $to: Date!) { exportDays(from: $from, to: $to) { date } }'
  expect((await answerFor(newTenant(), few, range(401))).errors).toMatchObject([
    {
      message: 'The answer covers at most 400 days, not 401. Change from or to.',
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ])
  expect((await answerFor(newTenant(), few, range(0))).errors).toMatchObject([
    { message: 'The first day is after the last day. Change from or to.', extensions: { code: 'BAD_USER_INPUT' } },
  ])
})

test('a year with all entities is affordable, and 20 times 400 days are not', async () => {
  const year = { from: '2025-11-24', to: '2026-11-23' }
  expect(await ask(newTenant(), dayQuery, year)).toEqual({ exportDays: [] })
  const days = 'exportDays(from: "2025-10-20", to: "2026-11-23") { date }'
  const { errors } = await answerFor(
    newTenant(),
    `{ ${Array.from({ length: 20 }, (_, n) => `d${n}: ${days}`).join(' ')} }`,
  )
  expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_LARGE' } }])
})

test.each(['2026-02-30', '2026-11-23T00:00:00Z', 'today', 20261123])('%j is not a day', async (from) => {
  const { errors } = await answerFor(newTenant(), dayQuery, { from, to: '2026-11-23' })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
})

test('deliveries are found by their id, by their run, by their days, and by whether they are redelivered', async () => {
  const [tenantId, other] = [newTenant(), newTenant()]
  const first = await publishOnce(services.stores, tenantId, 'user', { to: daysBefore(2) })
  await publishOnce(services.stores, tenantId, 'site_category', { to: daysBefore(1), load: firstLoad })
  const idsWhere = async (tenant: string, filter: string): Promise<string[]> => {
    const { exportDeliveries } = await ask(tenant, `{ exportDeliveries(${filter}) { edges { node { id } } } }`)
    return exportDeliveries.edges.map(({ node }: { node: { id: string } }) => node.id)
  }
  const [, oldest] = await idsWhere(tenantId, 'first: 9')
  expect(await idsWhere(tenantId, `runId: "${first}"`)).toEqual([oldest])
  expect(await idsWhere(tenantId, 'runId: "no-uuid"')).toEqual([])
  expect(await idsWhere(other, `runId: "${first}"`)).toEqual([])
  expect(await idsWhere(tenantId, 'redelivered: true')).toEqual([])
  expect(await idsWhere(tenantId, 'redelivered: false')).toHaveLength(2)
  const [newer, older] = [dateOf(daysBefore(1)), dateOf(daysBefore(2))]
  expect(await idsWhere(tenantId, `firstDay: "${older}", lastDay: "${older}"`)).toEqual([oldest])
  expect(await idsWhere(tenantId, `firstDay: "${older}"`)).toHaveLength(2)
  expect(await idsWhere(tenantId, `lastDay: "${older}"`)).toEqual([oldest])
  expect(await idsWhere(tenantId, `firstDay: "${newer}"`)).not.toContain(oldest)
  const byId = '{ exportDelivery(id: "ID") { id runId } }'
  expect(await ask(tenantId, byId.replace('ID', oldest!))).toEqual({ exportDelivery: { id: oldest, runId: first } })
  for (const [tenant, id] of [
    [other, oldest],
    [tenantId, first],
    [tenantId, 'no-uuid'],
  ] as const) {
    expect(await ask(tenant, byId.replace('ID', id!))).toEqual({ exportDelivery: null })
  }
})
