import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import pg from 'pg'
import type { Run } from '../../src/domain/run.js'
import { schemaProblems } from '../support/events/event-schema.js'
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
  recordIntent,
  type Stores,
} from '../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const monday = new Date('2026-11-23T00:00:00Z')
const tuesday = new Date('2026-11-24T00:00:00Z')

async function eventsOf(tenantId: string) {
  const events = await stores.tenantEvents.after(tenantId, 0, 1000)
  expect(events.flatMap(schemaProblems)).toEqual([])
  return events
}
const typesOf = async (tenantId: string) => (await eventsOf(tenantId)).map(({ type }) => type)

const begin = (tenantId: string, to: Date, ...entities: string[]): Promise<Run> =>
  stores.runs.begin(aNewRun(tenantId, { to }), aPlan(...entities))

async function publish(run: Run, entity: string, rows = 3): Promise<void> {
  await publishFile(stores, await claimOf(stores, run, entity), aFile(run, entity, { rows }))
}

const away = { code: 'SFTP_UNAVAILABLE', message: 'connect ECONNREFUSED 10.0.0.7:22' } as const

describe('the end of a run', () => {
  test('the end of a run keeps its events once, although it is recorded several times', async () => {
    const tenantId = newTenant()
    const run = await begin(tenantId, monday, 'site', 'user')
    await publish(run, 'site', 0)
    await publish(run, 'user')
    const manifestPath = `/exports/${tenantId}/2026/11/23/datapackage.json`
    await Promise.all([
      stores.runs.finish(run, { ...noTrouble, manifestPath }),
      stores.runs.finish(run, { ...noTrouble, manifestPath }),
      stores.runs.finishOnce(run, { ...noTrouble, error: { code: 'RUN_LOST', message: 'lost' } }),
    ])
    const events = await eventsOf(tenantId)
    expect(events).toHaveLength(2)
    expect(events[1]?.type).toBe('export.full_load.delivered')
    expect(events[0]?.data).toMatchObject({
      ...{ runId: run.id, day: '2026-11-23' },
      entities: [
        { entity: 'site', mode: 'FULL', fullLoadReason: 'FIRST', from: null, empty: true, sequence: 1, revision: 1 },
        {
          ...{ entity: 'user', rows: 3, bytes: 99, sha256: 'ab'.repeat(32), to: monday.toISOString() },
          paths: [`/exports/${tenantId}/2026/11/23/user/user.csv`],
        },
      ],
      totals: { files: 2, rows: 3, bytes: 198 },
    })
  })

  test('the end of a run takes one statement for its events, and one for what they say', async () => {
    const tenantId = newTenant()
    const run = await begin(tenantId, monday, 'user')
    await publish(run, 'user')
    const query = vi.spyOn(pg.Client.prototype, 'query')
    try {
      await stores.runs.finish(run, noTrouble)
      const sent = query.mock.calls.map(([call]) => (call as unknown as { readonly text: string }).text)
      expect(sent.filter((text) => text.includes('keep_events'))).toHaveLength(1)
      // BEGIN, lock, entities, entities, run, files, events, COMMIT.
      expect(sent).toHaveLength(8)
    } finally {
      query.mockRestore()
    }
  })

  test('a run that fails, and the success after it, keep a failure and a recovery', async () => {
    const tenantId = newTenant()
    const failing = await begin(tenantId, monday, 'site', 'user')
    await publish(failing, 'site')
    await stores.runs.finish(failing, { ...noTrouble, failures: [{ entity: 'user', ...away }] })
    await publishOnce(stores, tenantId, 'user', { to: tuesday })
    await publishOnce(stores, tenantId, 'user', { to: new Date('2026-11-25T00:00:00Z'), load: firstLoad })
    const delivered = ['export.files.delivered', 'export.full_load.delivered']
    expect(await typesOf(tenantId)).toEqual([
      ...delivered,
      'export.failed',
      ...delivered,
      'export.recovered',
      ...delivered,
    ])
    const [, , failed] = await eventsOf(tenantId)
    expect(failed?.data).toMatchObject({ status: 'PARTIALLY_FAILED', entities: [{ entity: 'user', code: away.code }] })
    expect(JSON.stringify(failed?.data)).not.toContain('10.0.0.7')
  })

  test('a cancelled run with a published file has the event of the file alone', async () => {
    const tenantId = newTenant()
    const run = await begin(tenantId, monday, 'site', 'user')
    await publish(run, 'site')
    await stores.runs.finish(run, { ...noTrouble, cancelled: true })
    const [delivered] = await eventsOf(tenantId)
    expect(delivered?.data).toMatchObject({ entities: [{ entity: 'site' }] })
    expect(await typesOf(tenantId)).not.toContain('export.failed')
  })

  test('a split file has the paths of its file parts in the event', async () => {
    const tenantId = newTenant()
    const run = await begin(tenantId, monday, 'user')
    const folder = `/exports/${tenantId}/2026/11/23/user`
    const parts = [1, 2].map((part) => ({
      path: `${folder}/user.000${part}.csv`,
      rows: 1,
      bytes: 9,
      sha256: 'cd'.repeat(32),
    }))
    const file = aFile(run, 'user', { path: parts[0]!.path, parts })
    await publishFile(stores, await claimOf(stores, run, 'user'), file)
    await stores.runs.finish(run, noTrouble)
    const [delivered] = await eventsOf(tenantId)
    expect(delivered?.data).toMatchObject({
      entities: [{ paths: parts.map(({ path }) => path) }],
      totals: { files: 2 },
    })
  })
})

describe('a file that is found complete after the end of its run', () => {
  test('its event comes with the record of the file, and names that file only', async () => {
    const tenantId = newTenant()
    const run = await begin(tenantId, monday, 'site', 'user')
    await publish(run, 'site')
    const claim = await claimOf(stores, run, 'user')
    await stores.publications.recordHiddenPaths(claim, ['/hidden'])
    await intendFile(stores, claim, aFile(run, 'user'))
    await stores.runs.finish(run, { ...noTrouble, error: { code: 'RUN_LOST', message: 'lost' } })
    const before = await typesOf(tenantId)
    expect(before).toEqual(['export.files.delivered', 'export.full_load.delivered', 'export.failed'])
    const [pending] = await stores.publications.pendingIntents(tenantId)
    await recordIntent(stores, (await stores.publications.takeOver(pending!))!)
    const [late, full, ...more] = (await eventsOf(tenantId)).slice(before.length)
    expect(late?.data).toMatchObject({
      ...{ runId: run.id, completedAfterEnd: true, manifest: null },
      entities: [{ entity: 'user' }],
    })
    expect([full?.type, more]).toEqual(['export.full_load.delivered', []])
  })

  test('a file that is recorded before the end of its run is in the event of the end alone', async () => {
    const tenantId = newTenant()
    const run = await begin(tenantId, monday, 'user')
    await publish(run, 'user')
    expect(await typesOf(tenantId)).toEqual([])
    await stores.runs.finish(run, noTrouble)
    expect(await typesOf(tenantId)).toEqual(['export.files.delivered', 'export.full_load.delivered'])
  })
})

test('what a plan announces is kept when its run begins, and once', async () => {
  const tenantId = newTenant()
  const run = aNewRun(tenantId, { to: monday })
  const events = [{ type: 'test' as const, data: { message: 'planned', by: 'tester', webhookId: null } }]
  await stores.runs.begin(run, { ...aPlan('user'), events })
  await stores.runs.begin(run, { ...aPlan('user'), events })
  expect(await typesOf(tenantId)).toEqual(['test'])
})
