import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type AlertReceiver, startAlertReceiver } from '../support/alert-receiver.js'
import { newTenant, openStores, publishOnce, type Stores } from '../support/world/stores.js'
import { aFailure, type IncidentProcess, register, startIncidentProcess } from './support/incident-process.js'

let stores: Stores
const open: AsyncDisposable[] = []
beforeAll(async () => {
  stores = await openStores()
})
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]()
  await stores.query('DELETE FROM incident')
})
afterAll(() => stores[Symbol.asyncDispose]())

const processWith = (options: Parameters<typeof startIncidentProcess>[1] = {}): IncidentProcess => {
  const started = startIncidentProcess(stores.serviceUrl, options)
  open.push(started)
  return started
}
const receiver = async (answer?: (post: number) => number | undefined): Promise<AlertReceiver> => {
  const started = await startAlertReceiver(answer)
  open.push(started)
  return started
}
const kinds = (hook: AlertReceiver) => hook.alerts.map(({ event }) => event)

test('fifty tenants in one outage make one incident and one notification, resolved when each has its file', async () => {
  const hook = await receiver()
  const [one, other] = [processWith({ webhookUrl: hook.url }), processWith({ webhookUrl: hook.url })]
  const tenants = Array.from({ length: 50 }, () => newTenant()).toSorted()
  for (const tenantId of tenants) await register(stores, tenantId, 'user')
  await Promise.all(
    tenants.map((tenantId, n) =>
      (n % 2 ? one : other).incidents.report(aFailure(tenantId, { runId: `run of ${tenantId}` })),
    ),
  )
  await Promise.all([one, other].map(({ incidents }) => incidents.settle()))
  await Promise.all([one, other].map(({ incidents }) => incidents.deliver()))
  expect(hook.alerts).toHaveLength(1)
  const page = await one.store.page({ take: 10, backwards: false, from: undefined }, {})
  expect(page).toMatchObject([
    {
      ...{ code: 'SFTP_UNAVAILABLE', subject: 'sftp.example.com:22', resolvedAt: null },
      extent: {
        tenants: 50,
        files: 50,
        firstTenants: tenants.slice(0, 5),
        oldestWindow: new Date('2026-11-22T00:00:00Z'),
      },
    },
  ])
  for (const tenantId of tenants.slice(1)) await publishOnce(stores, tenantId, 'user', { to: new Date() })
  await one.incidents.settle()
  expect((await one.store.page({ take: 10, backwards: false, from: undefined }, {}))[0]).toMatchObject({
    resolvedAt: null,
    extent: { tenants: 1, firstTenants: [tenants[0]] },
  })
  await publishOnce(stores, tenants[0]!, 'user', { to: new Date() })
  await other.incidents.settle()
  await one.incidents.deliver()
  expect(kinds(hook)).toEqual(['opened', 'resolved'])
  expect(hook.alerts[1]).toMatchObject({ code: 'SFTP_UNAVAILABLE', tenants: { count: 50 }, files: 50 })
})
