import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/client.js'
import { createLedgerStore, type LedgerStore } from '../../../src/database/deliveries/ledger-store.js'
import type { Delivery } from '../../../src/domain/delivery.js'
import { hiddenPath } from '../../../src/domain/hidden-name.js'
import {
  aFile,
  aNewRun,
  aPlan,
  claimOf,
  firstLoad,
  intendFile,
  newTenant,
  noTrouble,
  openStores,
  publishFile,
  publishOnce,
  type Stores,
} from '../../support/world/stores.js'

let stores: Stores
let ledger: LedgerStore
let disconnect: () => Promise<void>
beforeAll(async () => {
  stores = await openStores()
  const database = openDatabase({ url: stores.serviceUrl, poolSize: 2 })
  ledger = createLedgerStore(database)
  disconnect = () => database.close()
})
afterAll(async () => {
  await disconnect()
  await stores[Symbol.asyncDispose]()
})

const day = (date: string) => new Date(`${date}T00:00:00Z`)
const at = (time: string) => new Date(`2026-11-${time}:00Z`)
const shown = ({ entity, day: of, revision }: Delivery) => [entity, of.toISOString().slice(8, 10), revision]

/** Two entities over three days; of the second day one has two revisions. */
async function threeDays(): Promise<string> {
  const tenantId = newTenant()
  for (const entity of ['user', 'site']) {
    for (const to of [at('21T00:00'), at('22T00:00'), at('23T00:00')]) {
      await publishOnce(stores, tenantId, entity, { to, file: { bytes: 10, rows: 1 } })
    }
  }
  await publishOnce(stores, tenantId, 'user', { to: at('23T10:00'), file: { bytes: 5, rows: 2 } })
  return tenantId
}

test('the ledger pages through the stored files by day and entity, the latest revision of each', async () => {
  const tenantId = await threeDays()
  const expected = [
    ['site', '21', 1],
    ['user', '21', 1],
    ['site', '22', 1],
    ['user', '22', 1],
    ['site', '23', 1],
    ['user', '23', 2],
  ]
  for (const take of [1, 2, 4, 100]) {
    const files: Delivery[] = []
    for (let page; !page || page.length === take; files.push(...page)) {
      page = await ledger.files({ tenantId }, { take, after: files.at(-1) })
    }
    expect(files.map(shown), `by ${take}`).toEqual(expected)
  }
  const ofDay = await ledger.files({ tenantId, day: day('2026-11-23') }, { take: 10 })
  expect(ofDay.map(shown)).toEqual(expected.slice(4))
  expect(ofDay[1]).toMatchObject({ tenantId, rows: 2, bytes: 5, to: at('23T10:00'), snapshot: '900:905:901' })
})

test('the ledger counts the stored files, and names the tenants with files of a day', async () => {
  const tenantId = await threeDays()
  const other = newTenant()
  await publishOnce(stores, other, 'user', { to: at('25T00:00') })
  expect(await ledger.totals({ tenantId })).toEqual({ files: 6, bytes: 55 })
  expect(await ledger.totals({ tenantId, day: day('2026-11-23') })).toEqual({ files: 2, bytes: 15 })
  expect(await ledger.totals({ tenantId: newTenant() })).toEqual({ files: 0, bytes: 0 })
  expect(await ledger.tenants()).toEqual(expect.arrayContaining([tenantId, other].toSorted()))
  expect(await ledger.tenants(day('2026-11-25'))).toEqual([other])
  expect(await ledger.watermarks(tenantId)).toEqual(
    new Map([
      ['site', { to: at('23T00:00'), sequence: 3 }],
      ['user', { to: at('23T10:00'), sequence: 4 }],
    ]),
  )
})

test('the ledger of a day names the running run and its hidden file, and no intent', async () => {
  const tenantId = newTenant()
  await publishOnce(stores, tenantId, 'user', { to: at('21T00:00') })
  const planned = { entity: 'site', load: firstLoad, previousDeliveryId: null }
  const run = await stores.runs.begin(aNewRun(tenantId, { to: at('22T00:00') }), aPlan(planned))
  const claim = await claimOf(stores, run, 'site')
  const file = aFile(run, 'site')
  const part = hiddenPath(file.path, claim.id)
  await stores.publications.recordHiddenPaths(claim, [part])
  await intendFile(stores, claim, file)
  expect(await ledger.files({ tenantId }, { take: 10 })).toHaveLength(1)
  expect(await ledger.tenants(day('2026-11-22'))).not.toContain(tenantId)
  expect(await ledger.day(tenantId, day('2026-11-22'))).toEqual({
    files: [],
    manifest: undefined,
    runUnderWay: run.id,
    hiddenPathsInUse: [part],
  })
  await stores.runs.finish(run, noTrouble)
  expect(await ledger.day(tenantId, day('2026-11-22'))).toMatchObject({ runUnderWay: undefined, hiddenPathsInUse: [] })
})

test('the ledger of a day has its files and its manifest, and whether the manifest is pending', async () => {
  const tenantId = newTenant()
  const run = await stores.runs.begin(
    aNewRun(tenantId, { to: at('22T00:00') }),
    aPlan({ entity: 'site', load: firstLoad, previousDeliveryId: null }),
  )
  await publishFile(stores, await claimOf(stores, run, 'site'), aFile(run, 'site'))
  const pending = await ledger.day(tenantId, day('2026-11-22'))
  expect(pending).toMatchObject({ runUnderWay: run.id, manifest: { pending: true, revision: 0, sha256: null } })
  const [manifest] = await stores.publications.pendingManifests(tenantId)
  const written = { revision: 1, bytes: 12, sha256: 'cd'.repeat(32), signedBy: null }
  await stores.publications.recordManifest(tenantId, manifest!, written, async () => undefined)
  await stores.runs.finish(run, noTrouble)
  const done = await ledger.day(tenantId, day('2026-11-22'))
  expect(done).toMatchObject({ runUnderWay: undefined, manifest: { ...written, pending: false } })
  expect(done.files.map(shown)).toEqual([['site', '22', 1]])
})
