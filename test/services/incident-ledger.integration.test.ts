import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Load } from '../../src/domain/window.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  newTenant,
  noTrouble,
  openStores,
  publishFile,
  publishOnce,
  type Stores,
} from '../support/world/stores.js'
import { aFailure, type IncidentProcess, register, startIncidentProcess } from './support/incident-process.js'

let stores: Stores
let process: IncidentProcess
beforeAll(async () => {
  stores = await openStores()
  process = startIncidentProcess(stores.serviceUrl)
})
afterEach(() => stores.query('DELETE FROM incident'))
afterAll(async () => {
  await process[Symbol.asyncDispose]()
  await stores[Symbol.asyncDispose]()
})

async function all() {
  return process.store.page({ take: 100, backwards: false, from: undefined }, {})
}

/** Settles, and gives the codes of incidents that are still open. */
async function openAfterSettling(): Promise<string[]> {
  await process.incidents.settle()
  return (await all()).flatMap(({ code, resolvedAt }) => (resolvedAt ? [] : [code]))
}

async function registered(...entities: string[]): Promise<string> {
  const tenantId = newTenant()
  await register(stores, tenantId, ...entities)
  return tenantId
}

const later = () => new Date(Date.now() + 1000)
const delta = (from: Date): Load => ({ mode: 'DELTA', from, fromSnapshot: '900:905:901', previous: 1 })

test('a file of another entity does not resolve the incident, and the file of the affected one does', async () => {
  const tenantId = await registered('user', 'site')
  await process.incidents.report(aFailure(tenantId))
  await publishOnce(stores, tenantId, 'site', { to: later() })
  expect(await openAfterSettling()).toEqual(['SFTP_UNAVAILABLE'])
  await publishOnce(stores, tenantId, 'user', { to: later() })
  expect(await openAfterSettling()).toEqual([])
})

test('the file of the failed run itself resolves the incident, also if the clock of its worker is behind', async () => {
  const tenantId = await registered('user')
  const runId = await publishOnce(stores, tenantId, 'user', { to: later() })
  await process.incidents.report(aFailure(tenantId, { runId }))
  expect(await openAfterSettling()).toEqual([])
})

test('a failure after the resolution opens another incident', async () => {
  const tenantId = await registered('user')
  await process.incidents.report(aFailure(tenantId))
  await publishOnce(stores, tenantId, 'user', { to: later() })
  expect(await openAfterSettling()).toEqual([])
  await process.incidents.report(aFailure(tenantId))
  expect(await openAfterSettling()).toEqual(['SFTP_UNAVAILABLE'])
  expect(await all()).toHaveLength(2)
})

test('a tenant that fails again while its incident is open is affected again', async () => {
  const [one, other] = [await registered('user'), await registered('user')]
  for (const tenantId of [one, other]) await process.incidents.report(aFailure(tenantId))
  await publishOnce(stores, one, 'user', { to: later() })
  expect(await openAfterSettling()).toEqual(['SFTP_UNAVAILABLE'])
  expect((await all()).map(({ extent }) => extent.tenants)).toEqual([1])
  await process.incidents.report(aFailure(one))
  expect((await all()).map(({ extent }) => extent.tenants)).toEqual([2])
})

test('an entity that is no longer exported does not keep its incident open', async () => {
  const tenantId = await registered('user', 'site')
  await process.incidents.report(aFailure(tenantId))
  expect(await openAfterSettling()).toEqual(['SFTP_UNAVAILABLE'])
  await register(stores, tenantId, 'site')
  expect(await openAfterSettling()).toEqual([])
})

test('a run that could not be planned is over when a run of the tenant has begun', async () => {
  const tenantId = await registered('user')
  await process.incidents.report(aFailure(tenantId, { code: 'SOURCE_UNAVAILABLE', entity: null }))
  expect(await openAfterSettling()).toEqual(['SOURCE_UNAVAILABLE'])
  await stores.runs.begin(aNewRun(tenantId), aPlan('user'))
  expect(await openAfterSettling()).toEqual([])
})

test('a manifest that was not written is over when its run ends without an error', async () => {
  const tenantId = await registered('user')
  const run = await stores.runs.begin(aNewRun(tenantId), aPlan())
  await process.incidents.report(aFailure(tenantId, { entity: null, runId: run.id }))
  expect(await openAfterSettling()).toEqual(['SFTP_UNAVAILABLE'])
  await stores.runs.finish(run, noTrouble)
  expect(await openAfterSettling()).toEqual([])
})

test('a rejected schedule is over when the schedule matches its registration', async () => {
  const tenantId = await registered('user')
  await stores.transact(tenantId, ({ registration }) => registration.recordScheduleError('refused'))
  await process.incidents.report(aFailure(tenantId, { code: 'SCHEDULE_REJECTED', entity: null }))
  expect(await openAfterSettling()).toEqual(['SCHEDULE_REJECTED'])
  await stores.transact(tenantId, async ({ registration }) => registration.recordSchedule((await registration.find())!))
  expect(await openAfterSettling()).toEqual([])
})

test('what a read has found is over with a file whose export began later, not with the file of that read', async () => {
  const tenantId = await registered('user')
  const found = { tenantId: null, entity: 'user', since: null, message: 'no trigger' }
  const run = await stores.runs.begin(aNewRun(tenantId, { to: new Date('2026-11-25T00:00:00Z') }), aPlan('user'))
  const claim = await claimOf(stores, run, 'user')
  await process.incidents.reportFinding('SOURCE_CHANGES_UNTRACKED', found)
  await publishFile(stores, claim, aFile(run, 'user'))
  await stores.runs.finish(run, noTrouble)
  expect(await openAfterSettling()).toEqual(['SOURCE_CHANGES_UNTRACKED'])
  await publishOnce(stores, tenantId, 'user', { to: later() })
  expect(await openAfterSettling()).toEqual([])
})

test('a finding about a table that no tenant exports is not announced', async () => {
  await process.incidents.reportFinding('SOURCE_SCHEMA_MISMATCH', {
    ...{ tenantId: null, entity: 'theme', since: null, message: 'no column' },
  })
  expect(await openAfterSettling()).toEqual([])
  expect(process.log.filter(({ alert }) => alert === 'SOURCE_SCHEMA_MISMATCH')).toEqual([])
})

test('an empty delta after five with rows is a warning, which the next delta with rows ends', async () => {
  const tenantId = await registered('user')
  const day = (n: number) => new Date(Date.UTC(2026, 10, n))
  await publishOnce(stores, tenantId, 'user', { to: day(1) })
  for (let n = 2; n <= 6; n++) {
    await publishOnce(stores, tenantId, 'user', { to: day(n), load: delta(day(n - 1)), file: { rows: 5 } })
    expect(await openAfterSettling()).toEqual([])
  }
  await publishOnce(stores, tenantId, 'user', { to: day(7), load: delta(day(6)), file: { rows: 0 } })
  expect(await openAfterSettling()).toEqual(['FILE_UNUSUALLY_EMPTY'])
  await publishOnce(stores, tenantId, 'user', { to: day(8), load: delta(day(7)), file: { rows: 0 } })
  expect(await openAfterSettling()).toEqual(['FILE_UNUSUALLY_EMPTY'])
  await publishOnce(stores, tenantId, 'user', { to: day(9), load: delta(day(8)), file: { rows: 2 } })
  expect(await openAfterSettling()).toEqual([])
  expect((await all()).map(({ subject }) => subject)).toEqual(['warehouse:5432/analytics user'])
})

test('an observation opens an incident and keeps it, and an empty one resolves it', async () => {
  const nobody = { tenantId: null, entity: null, since: null, message: 'No worker takes tasks.' }
  await process.incidents.observe('NO_WORKER', 'tidemark', [])
  expect(await all()).toEqual([])
  await process.incidents.observe('NO_WORKER', 'tidemark', [nobody])
  await process.incidents.observe('NO_WORKER', 'tidemark', [nobody])
  expect(await openAfterSettling()).toEqual(['NO_WORKER'])
  await process.incidents.observe('NO_WORKER', 'tidemark', [])
  expect((await all()).map(({ resolvedAt }) => resolvedAt !== null)).toEqual([true])
})

test('an observation ends what it no longer names', async () => {
  const late = (tenantId: string) => ({ tenantId, entity: null, since: null, message: 'late' })
  await process.incidents.observe('EXPORT_OVERDUE', 'tidemark', [late('acme'), late('globex')])
  await process.incidents.observe('EXPORT_OVERDUE', 'tidemark', [late('globex')])
  const [incident] = await all()
  expect(incident?.extent).toMatchObject({ tenants: 1, firstTenants: ['globex'] })
  const affected = await process.store.affected(incident!.id, 10)
  expect(affected.map(({ tenantId, endedAt }) => [tenantId, endedAt !== null])).toEqual([
    ['globex', false],
    ['acme', true],
  ])
})

test('incidents are found by code, tenant, state and the beginning of their id', async () => {
  const [one, other] = [await registered('user'), await registered('user')]
  await process.incidents.report(aFailure(one))
  await process.incidents.report(aFailure(other, { code: 'SFTP_FOLDER_MISSING' }))
  const page = (filter: Parameters<IncidentProcess['store']['page']>[1]) =>
    process.store.page({ take: 10, backwards: false, from: undefined }, filter)
  const [folder] = await page({ code: 'SFTP_FOLDER_MISSING' })
  expect(folder?.subject).toBe(`sftp.example.com:22 ${other}`)
  expect((await page({ tenantId: one })).map(({ code }) => code)).toEqual(['SFTP_UNAVAILABLE'])
  expect(await page({ isOpen: false })).toEqual([])
  expect(await page({ isOpen: true })).toHaveLength(2)
  expect(await process.store.find(folder!.id.slice(0, 8))).toEqual(folder)
  expect(await process.store.find(folder!.id.slice(0, 7))).toBeUndefined()
  expect(await process.store.find("%' OR true --")).toBeUndefined()
})
