import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { aCatalog, anActor } from '../support/world/builders.js'
import { aPlan, asBegun, newTenant, noTrouble, publishOnce } from '../support/world/stores.js'
import {
  backdate,
  recorded,
  refusedWith,
  registered,
  runs,
  services,
  started,
  useRuns,
  workflowOf,
} from './support/tenant-runs.js'

useRuns()

describe('runDataExport', () => {
  test('runDataExport puts a run on record and starts its workflow, with windows that end now', async () => {
    const actor = await registered()
    const before = Date.now()
    const run = await started(actor)
    expect(run).toMatchObject({
      tenantId: actor.tenantId,
      workflowId: `export-${actor.tenantId}-${run.to.toISOString()}`,
      trigger: 'MANUAL',
      status: 'QUEUED',
      requestedBy: 'alice',
    })
    expect(run.to.getTime()).toBeGreaterThanOrEqual(before)
    expect(run.to.getTime()).toBeLessThanOrEqual(Date.now())
    const workflow = await workflowOf(run).describe()
    expect(workflow).toMatchObject({
      status: { name: 'RUNNING' },
      type: 'exportRun',
      taskQueue: services.taskQueue,
      memo: { tenantId: actor.tenantId },
    })
    const [started_] = (await workflowOf(run).fetchHistory()).events ?? []
    const [input] = started_?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []
    expect(JSON.parse(Buffer.from(input?.data ?? []).toString())).toEqual({
      tenantId: actor.tenantId,
      manual: { runId: run.id, to: run.to.toISOString() },
    })
    const attributes = workflow.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])
    expect(Object.fromEntries(attributes)).toMatchObject({ TenantId: actor.tenantId })
    expect(services.log).toContainEqual(expect.objectContaining({ runId: run.id, msg: 'run requested' }))
  })

  test('runDataExport is refused as NOT_REGISTERED before there is a registration', async () => {
    const actor = anActor(newTenant())
    expect(await runs.start(actor)).toMatchObject(refusedWith('NOT_REGISTERED'))
    expect((await runs.page(actor, {})).edges).toEqual([])
  })

  test('runDataExport is refused as NOTHING_ACTIVE if the export is disabled or the catalog has none of its entities', async () => {
    const actor = await registered('must reads')
    const without = services.runs({ catalog: aCatalog('user') })
    expect(await without.start(actor)).toMatchObject(refusedWith('NOTHING_ACTIVE'))
    await services.registrations().replace(actor, { exportOption: 'DISABLE_EXPORT' })
    expect(await runs.start(actor)).toMatchObject(refusedWith('NOTHING_ACTIVE'))
    expect((await runs.page(actor, {})).edges).toEqual([])
  })

  test('runDataExport is refused as RUN_IN_PROGRESS during another run, and works after that', async () => {
    const actor = await registered()
    const first = await started(actor)
    expect(await runs.start(actor)).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
    await services.stores.runs.begin(asBegun(first), aPlan('user'))
    await backdate(first)
    const refused = await runs.start(actor)
    expect(refused).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
    expect(refused).toMatchObject({
      userErrors: [{ message: expect.stringContaining(`Run ${first.id} is still running`) }],
    })
    await services.stores.runs.finish(first, noTrouble)
    expect((await started(actor)).id).not.toBe(first.id)
  })

  test('one of five simultaneous calls of runDataExport starts a run', async () => {
    const actor = await registered()
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => runs.start(actor)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
    expect((await runs.page(actor, {})).edges).toHaveLength(1)
  })

  test('runDataExport is refused as TEMPORAL_UNAVAILABLE while Temporal is down, its run is ended, and the next call starts one', async () => {
    const actor = await registered()
    const cut = services.runs({ gateway: services.unreachable.runs })
    expect(await cut.start(actor)).toMatchObject(refusedWith('TEMPORAL_UNAVAILABLE'))
    const [edge] = (await runs.page(actor, {})).edges
    expect(edge?.node).toMatchObject({
      status: 'FAILED',
      error: { code: 'TEMPORAL_UNAVAILABLE' },
      finishedAt: expect.any(Date),
    })
    expect(await started(actor)).toMatchObject({ status: 'QUEUED' })
  })

  test('runDataExport is refused as TEMPORAL_UNAVAILABLE if the state of another run is unknown, and that run is left alone', async () => {
    const actor = await registered()
    const first = await started(actor)
    await backdate(first)
    const cut = services.runs({ gateway: services.unreachable.runs })
    expect(await cut.start(actor)).toMatchObject(refusedWith('TEMPORAL_UNAVAILABLE'))
    expect(await recorded(first)).toMatchObject({ status: 'QUEUED' })
    expect((await runs.page(actor, {})).edges).toHaveLength(1)
  })

  test('a workflow that is started twice exists once', async () => {
    const actor = await registered()
    const run = await started(actor)
    const { runId } = await workflowOf(run).describe()
    await services.gateways.runs.start(run.workflowId, { tenantId: actor.tenantId }, 'again')
    expect((await workflowOf(run).describe()).runId).toBe(runId)
  })
})

describe('a full load that a tenant requests (promise 5)', () => {
  test('a requested full load is recorded for the named entities, and the answer lists them', async () => {
    const actor = await registered()
    await publishOnce(services.stores, actor.tenantId, 'content_must_read_marked', {
      to: new Date('2026-11-23T00:00:00Z'),
    })
    const outcome = await runs.requestFullLoad(actor, { entityList: ' Must Reads ,user', when: 'WITH_NEXT_RUN' })
    expect(outcome).toMatchObject({
      ok: true,
      value: { entities: [{ displayName: 'must reads' }, { displayName: 'user' }], run: null },
    })
    const watermarks = await services.stores.deliveries.watermarks(actor.tenantId)
    expect([...watermarks].map(([name, mark]) => [name, mark.fullLoadRequested])).toEqual([
      ['content_must_read_marked', true],
    ])
  })

  test('a full load without names covers all active entities, and is refused if there are none', async () => {
    const actor = await registered('must reads, user')
    const outcome = await runs.requestFullLoad(actor, { when: 'WITH_NEXT_RUN' })
    expect(outcome).toMatchObject({ ok: true, value: { entities: [{ name: 'user' }, { displayName: 'must reads' }] } })
    await services.registrations().replace(actor, { exportOption: 'DISABLE_EXPORT' })
    expect(await runs.requestFullLoad(actor, { when: 'NOW' })).toMatchObject(refusedWith('NOTHING_ACTIVE'))
    const nobody = anActor(newTenant())
    expect(await runs.requestFullLoad(nobody, { when: 'WITH_NEXT_RUN' })).toMatchObject(refusedWith('NOT_REGISTERED'))
  })

  test.each([
    ['nonsense', 'UNKNOWN_ENTITIES'],
    [[], 'ENTITY_LIST_REQUIRED'],
  ])('a full load of %j is refused as %s', async (entityList, code) => {
    const actor = await registered()
    await publishOnce(services.stores, actor.tenantId, 'user', { to: new Date('2026-11-23T00:00:00Z') })
    const outcome = await runs.requestFullLoad(actor, { entityList, when: 'NOW' })
    expect(outcome).toMatchObject({ ok: false, userErrors: [{ code, path: ['entityList'] }] })
    expect((await services.stores.deliveries.watermarks(actor.tenantId)).get('user')?.fullLoadRequested).toBe(false)
  })
})

describe('past windows that a tenant requests again', () => {
  const [monday, tuesday] = [new Date('2026-11-23T00:00:00Z'), new Date('2026-11-24T00:00:00Z')]

  test('a redelivery without anything to deliver is refused with the reason, and starts nothing', async () => {
    const actor = await registered()
    await publishOnce(services.stores, actor.tenantId, 'user', { to: monday })
    const codeOf = async (request: Parameters<typeof runs.redeliver>[1]) => {
      const outcome = await runs.redeliver(actor, request)
      return outcome.ok ? 'started' : outcome.userErrors[0]?.code
    }
    expect(await codeOf({ from: tuesday, to: monday })).toBe('INVALID_PERIOD')
    expect(await codeOf({ from: monday, to: monday })).toBe('INVALID_PERIOD')
    expect(await codeOf({ from: monday, to: tuesday })).toBe('NOTHING_DELIVERED')
    expect(await codeOf({ from: new Date(0), to: tuesday, entityList: 'site category' })).toBe('NOTHING_DELIVERED')
    expect(await codeOf({ from: new Date(0), to: tuesday, entityList: 'nonsense' })).toBe('UNKNOWN_ENTITIES')
    expect(await services.stores.runs.unfinished(actor.tenantId)).toEqual([])
    expect(await codeOf({ from: new Date(0), to: tuesday })).toBe('started')
    expect(await services.stores.runs.unfinished(actor.tenantId)).toMatchObject([
      { trigger: 'REDELIVERY', requestedBy: actor.subject },
    ])
    expect(await codeOf({ from: new Date(0), to: tuesday })).toBe('RUN_IN_PROGRESS')
  })
})

describe("a tenant's runs", () => {
  test('a run is found by its id and its tenant, and by no other tenant (promise 13)', async () => {
    const actor = await registered()
    const run = await started(actor)
    expect(await runs.find(actor, run.id)).toEqual(run)
    expect(await runs.find(actor, run.id.toUpperCase())).toEqual(run)
    expect(await runs.find(anActor(newTenant()), run.id)).toBeNull()
  })

  test.each(['', 'nonsense', randomUUID(), "' OR 1=1", '-'.repeat(36)])(
    'a tenant has no run with the id %j',
    async (id) => {
      expect(await runs.find(anActor(newTenant()), id)).toBeNull()
    },
  )

  test('a run has a link to the Temporal UI for operators, and none for tenants', async () => {
    const actor = await registered()
    const run = await started(actor)
    expect(runs.temporalUiUrl(actor, run)).toBeNull()
    const url = new URL(runs.temporalUiUrl({ ...actor, isOperator: true }, run)!)
    expect(url.origin).toBe('http://temporal.test')
    expect(decodeURIComponent(url.pathname)).toBe(`/namespaces/default/workflows/${run.workflowId}`)
  })
})
