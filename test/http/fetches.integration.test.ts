import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { FetchRecorder } from '../../src/database/fetches/record-fetch.js'
import type { Delivery } from '../../src/domain/delivery.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { createDeliveries } from '../../src/services/deliveries.js'
import { createFetches } from '../../src/services/fetches.js'
import { createOperations } from '../../src/services/operations.js'
import { createRegistrations } from '../../src/services/registrations/registrations.js'
import { createSftpKeys } from '../../src/services/sftp-keys.js'
import { startApi, type TestApi } from '../support/api/api.js'
import { makeKey } from '../support/sftp/ssh-keys.js'
import { anActor, change, selected, smallCatalog } from '../support/world/builders.js'
import { aFetch, openRecorder, reportedFrom } from '../support/world/fetches.js'
import { openServices, type TestServices } from '../support/world/services.js'
import { firstLoad, newTenant, publishOnce, writeRegistration } from '../support/world/stores.js'

let services: TestServices
let api: TestApi
let recorder: FetchRecorder & AsyncDisposable
beforeAll(async () => {
  services = await openServices()
  const { stores, gateways, events } = services
  recorder = openRecorder(stores)
  const lateness = { graceMinutes: 1, pausedReminderDays: 7 }
  const incidents = { countOpen: async () => [], oldestWaiting: async () => null }
  api = await startApi({
    registrations: createRegistrations({
      ...{ catalog: smallCatalog, ...stores, schedules: services.scheduleSync(), pauses: gateways.schedules, events },
      signingKey: async () => undefined,
    }),
    deliveries: createDeliveries(stores),
    // Without a memory between answers: each test changes what servers report.
    fetches: freshFetches(),
    sftpKeys: createSftpKeys({ ...stores, endpoint: { host: 'sftp.test', port: 22, hostKeyFingerprints: [] }, events }),
    operations: createOperations({ ...stores, catalog: smallCatalog, lateness, incidents }),
  })
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
  await recorder?.[Symbol.asyncDispose]()
  await services?.[Symbol.asyncDispose]()
})

const create = () => createFetches({ ...services.stores, unfetchedAfterDays: 7 })
const freshFetches = (): ReturnType<typeof create> => ({
  ofDeliveries: (...args) => create().ofDeliveries(...args),
  page: (...args) => create().page(...args),
  unfetched: (...args) => create().unfetched(...args),
  keyUses: (...args) => create().keyUses(...args),
})

const dayMs = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * dayMs)
// The last report is in the future, so that a file of now is eight days old.
beforeEach(() => reportedFrom(services.stores, inDays(-1), inDays(8)))

async function published(tenantId: string, entity = 'user'): Promise<Delivery> {
  const to = new Date('2026-11-23T00:00:00Z')
  const runId = await publishOnce(services.stores, tenantId, entity, { to, load: firstLoad })
  const [delivery] = await services.stores.deliveries.ofRuns(tenantId, [runId])
  if (!delivery) throw new Error('nothing was published')
  return delivery
}

async function ask(tenantId: string, query: string) {
  const token = await api.authority.sign({ claims: { tenant_id: tenantId } })
  const { data, errors } = (await api.graphql(query, { token })).json()
  expect(errors).toBeUndefined()
  return data
}

async function get(tenantId: string, url: string) {
  const token = await api.authority.sign({ claims: { tenant_id: tenantId } })
  const response = await api.app.inject({ url, headers: { authorization: `Bearer ${token}` } })
  return { status: response.statusCode, body: response.json() }
}

const fields = `path fetchedAt fetchCount fetchState fetches(first: 1) {
  edges { node { path startedAt endedAt bytesRead isWhole keyFingerprint address } } pageInfo { hasNextPage endCursor } }`

test('a delivery has its fetches, newest first, in GraphQL and REST', async () => {
  const tenantId = newTenant()
  const delivery = await published(tenantId)
  const after = (ms: number) => new Date(delivery.publishedAt.getTime() + ms)
  const [first, second] = [after(1), after(2)]
  await recorder.fetched(aFetch(tenantId, delivery.path, { startedAt: first, endedAt: first, bytesRead: 50 }))
  await recorder.fetched(aFetch(tenantId, delivery.path, { startedAt: second, endedAt: second }))
  const { exportDelivery } = await ask(tenantId, `{ exportDelivery(id: "${delivery.id}") { ${fields} } }`)
  const newest = {
    ...{ path: delivery.path, startedAt: second.toISOString(), endedAt: second.toISOString(), bytesRead: 99 },
    ...{ isWhole: true, keyFingerprint: null, address: '192.0.2.7' },
  }
  expect(exportDelivery).toMatchObject({
    ...{ fetchedAt: second.toISOString(), fetchCount: 2, fetchState: 'FETCHED' },
    fetches: { edges: [{ node: newest }], pageInfo: { hasNextPage: true } },
  })
  const { endCursor } = exportDelivery.fetches.pageInfo
  const { body } = await get(tenantId, `/deliveries/${delivery.id}/fetches?first=1`)
  expect(body).toMatchObject({ fetchState: 'fetched', fetchCount: 2, items: [newest], next: endCursor })
  const { body: rest } = await get(tenantId, `/deliveries/${delivery.id}/fetches?after=${endCursor}`)
  expect(rest).toMatchObject({ items: [{ bytesRead: 50, isWhole: false }], next: null })
})

test('all deliveries of a page share one read', async () => {
  const tenantId = newTenant()
  const [user, content] = [await published(tenantId), await published(tenantId, 'site_category')]
  await recorder.fetched(aFetch(tenantId, user.path))
  let reads = 0
  const counted = create()
  const own = await startApi({
    deliveries: createDeliveries(services.stores),
    fetches: { ...counted, ofDeliveries: (...args) => ((reads += 1), counted.ofDeliveries(...args)) },
  })
  const token = await own.authority.sign({ claims: { tenant_id: tenantId } })
  const query = '{ exportDeliveries { edges { node { path fetchState fetchCount } } } }'
  const { data } = (await own.graphql(query, { token })).json()
  await own[Symbol.asyncDispose]()
  const nodes = data.exportDeliveries.edges.map(({ node }: { node: object }) => node)
  expect(nodes).toEqual([
    { path: content.path, fetchState: 'NOT_FETCHED', fetchCount: 0 },
    { path: user.path, fetchState: 'FETCHED', fetchCount: 1 },
  ])
  expect(reads).toBe(1)
})

test('without a server that reports fetches, the fields are null and not zero', async () => {
  await services.stores.query('DELETE FROM fetch_source')
  const tenantId = newTenant()
  const delivery = await published(tenantId)
  const { exportDelivery } = await ask(tenantId, `{ exportDelivery(id: "${delivery.id}") { ${fields} } }`)
  expect(exportDelivery).toEqual({
    ...{ path: delivery.path, fetchedAt: null, fetchCount: null, fetchState: null, fetches: null },
  })
  const { body } = await get(tenantId, '/deliveries')
  expect(body.items).toMatchObject([{ fetchedAt: null, fetchCount: null, fetchState: null }])
})

test('a tenant is warned of files that it has not fetched, and finds them', async () => {
  const tenantId = newTenant()
  await writeRegistration(services.stores, tenantId, (current) =>
    replaceRegistration(
      current,
      selected('user', 'site_category'),
      change(inDays(-9).toISOString(), 'tester', tenantId),
    ),
  )
  const [user, content] = [await published(tenantId), await published(tenantId, 'site_category')]
  await recorder.fetched(aFetch(tenantId, user.path))
  const { dataExport } = await ask(tenantId, '{ dataExport { unfetchedFiles { days files oldest } } }')
  expect(dataExport.unfetchedFiles).toEqual({ days: 7, files: 1, oldest: content.publishedAt.toISOString() })
  const { exportDeliveries } = await ask(
    tenantId,
    '{ exportDeliveries(notFetchedForDays: 7) { edges { node { path } } } }',
  )
  expect(exportDeliveries.edges).toEqual([{ node: { path: content.path } }])
  const { body } = await get(tenantId, '/deliveries?notFetchedForDays=7')
  expect(body.items).toMatchObject([{ path: content.path, fetchState: 'not fetched', fetchCount: 0 }])
})

test('operators list the tenants that have not fetched files for days', async () => {
  const [late, punctual] = [newTenant(), newTenant()]
  for (const tenantId of [late, punctual]) {
    await writeRegistration(services.stores, tenantId, (current) =>
      replaceRegistration(current, selected('user'), change(inDays(-9).toISOString(), 'tester', tenantId)),
    )
    await recorder.fetched(aFetch(tenantId, (await published(tenantId)).path))
  }
  const delivery = await published(late, 'site_category')
  const claims = { scope: 'exports:read exports:operate', tenant_id: undefined }
  const list = async (filter: string) => {
    const query = `{ exportTenants(first: 100, filter: {${filter}}) { edges { node { id unfetchedFiles unfetchedSince } } } }`
    const { data } = (await api.graphql(query, { token: await api.authority.sign({ claims }) })).json()
    return data.exportTenants.edges.map(({ node }: { node: { id: string } }) => node)
  }
  const found = await list('notFetchedForDays: 7')
  expect(found).toContainEqual({ id: late, unfetchedFiles: 1, unfetchedSince: delivery.publishedAt.toISOString() })
  expect(found.map(({ id }: { id: string }) => id)).not.toContain(punctual)
  expect(await list(`search: "${punctual}"`)).toEqual([{ id: punctual, unfetchedFiles: null, unfetchedSince: null }])
})

test('a key has its last use, and none of before it was added', async () => {
  const tenantId = newTenant()
  const key = makeKey('-t', 'ed25519')
  const add = async (line: string) => {
    const keys = createSftpKeys({
      ...services.stores,
      endpoint: { host: 'x', port: 22, hostKeyFingerprints: [] },
      events: services.events,
    })
    const added = await keys.add(anActor(tenantId), { publicKey: line, label: 'loader' })
    if (!added.ok) throw new Error('the key was refused')
    return { id: added.value.id, remove: () => keys.remove(anActor(tenantId), added.value.id) }
  }
  const uses = async () => {
    const { sftpAccess } = await ask(tenantId, '{ sftpAccess { keys { fingerprint lastUsedAt } } }')
    return sftpAccess.keys
  }
  const { remove } = await add(key.line)
  expect(await uses()).toEqual([{ fingerprint: key.fingerprint, lastUsedAt: null }])
  const at = new Date()
  await recorder.loggedIn({ tenantId, keyFingerprint: key.fingerprint, at })
  expect(await uses()).toEqual([{ fingerprint: key.fingerprint, lastUsedAt: at.toISOString() }])
  const { body } = await get(tenantId, '/sftp-keys')
  expect(body.keys).toMatchObject([
    { fingerprint: key.fingerprint, publicKey: key.canonical, lastUsedAt: at.toISOString() },
  ])
  await remove()
  await add(key.line)
  expect(await uses()).toEqual([{ fingerprint: key.fingerprint, lastUsedAt: null }])
})

test('another tenant sees neither a delivery nor its fetches', async () => {
  const [mine, theirs] = [newTenant(), newTenant()]
  const delivery = await published(theirs)
  await recorder.fetched(aFetch(theirs, delivery.path))
  expect(await get(mine, `/deliveries/${delivery.id}/fetches`)).toMatchObject({
    status: 404,
    body: { code: 'NO_SUCH_DELIVERY' },
  })
  expect((await get(mine, '/deliveries')).body.items).toEqual([])
})

test.each([
  ['/deliveries?notFetchedForDays=0', 'notFetchedForDays'],
  ['/deliveries?notFetchedForDays=seven', 'notFetchedForDays'],
  ['/deliveries?first=1000', 'first'],
  ['/deliveries?first=1&first=2', 'first'],
  ['/deliveries?after=nothing', 'cursor'],
])('the request %s is refused with what is wrong', async (url, word) => {
  const { status, body } = await get(newTenant(), url)
  expect({ status, code: body.code }).toEqual({ status: 422, code: 'INVALID_QUERY' })
  expect(body.detail).toContain(word)
})
