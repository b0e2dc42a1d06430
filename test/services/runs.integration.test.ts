import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportRunWorkflow } from '../../src/contracts.js'
import type { Actor } from '../../src/domain/actor.js'
import type { Run } from '../../src/domain/run.js'
import { endAllLostRuns, endLostRuns } from '../../src/services/lost-runs.js'
import type { Runs } from '../../src/services/runs.js'
import { aCatalog, anActor } from '../support/builders.js'
import { openServices, type TestServices } from '../support/services.js'
import { aNewRun, aPlan, asBegun, newTenant, noTrouble, publishOnce, queueRun } from '../support/stores.js'

let services: TestServices
let runs: Runs

beforeAll(async () => {
  services = await openServices()
  runs = services.runs()
})
afterAll(() => services[Symbol.asyncDispose]())

/** The caller of a tenant that is registered. */
async function registered(entityList = 'user, must reads'): Promise<Actor> {
  const actor = anActor(newTenant(), 'alice')
  const outcome = await services.registrations().replace(actor, { entityList })
  expect(outcome.ok).toBe(true)
  return actor
}

async function started(actor: Actor): Promise<Run> {
  const outcome = await runs.start(actor)
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return outcome.value
}

const refusedWith = (code: string) => ({ ok: false, userErrors: [{ code, path: [], didYouMean: [] }] })
const workflowOf = (run: Run) => services.temporal.client.workflow.getHandle(run.workflowId)
const recorded = (run: Run) => services.stores.runs.find(run.tenantId, run.id)

/** Lets the run have been asked for a minute ago. */
async function backdate(run: Pick<Run, 'id'>): Promise<void> {
  await services.stores.query(`UPDATE run SET queued_at = queued_at - interval '1 minute' WHERE id = $1`, [run.id])
}

describe('runDataExport (issue 3, part 4)', () => {
  test('puts a run on record and starts its workflow, with windows that end now', async () => {
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
    expect(services.log).toContainEqual(expect.objectContaining({ runId: run.id, msg: 'run asked for' }))
  })

  test('is refused as NOT_REGISTERED before there is a registration', async () => {
    const actor = anActor(newTenant())
    expect(await runs.start(actor)).toMatchObject(refusedWith('NOT_REGISTERED'))
    expect((await runs.page(actor, {})).edges).toEqual([])
  })

  test('is refused as NOTHING_ACTIVE while the export is disabled, or nothing of it is in the catalog', async () => {
    const actor = await registered('must reads')
    const without = services.runs({ catalog: aCatalog('user') })
    expect(await without.start(actor)).toMatchObject(refusedWith('NOTHING_ACTIVE'))
    await services.registrations().replace(actor, { exportOption: 'DISABLE_EXPORT' })
    expect(await runs.start(actor)).toMatchObject(refusedWith('NOTHING_ACTIVE'))
    expect((await runs.page(actor, {})).edges).toEqual([])
  })

  test('is refused as RUN_IN_PROGRESS while another run is queued or running, and works once that has ended', async () => {
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

  test('of five at once starts one', async () => {
    const actor = await registered()
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => runs.start(actor)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
    expect((await runs.page(actor, {})).edges).toHaveLength(1)
  })

  test('is refused as TEMPORAL_UNAVAILABLE while Temporal is down; the run on record is ended, and the next starts', async () => {
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

  test('is refused as TEMPORAL_UNAVAILABLE where nobody can tell whether another run is alive, which is left alone', async () => {
    const actor = await registered()
    const first = await started(actor)
    await backdate(first)
    const cut = services.runs({ gateway: services.unreachable.runs })
    expect(await cut.start(actor)).toMatchObject(refusedWith('TEMPORAL_UNAVAILABLE'))
    expect(await recorded(first)).toMatchObject({ status: 'QUEUED' })
    expect((await runs.page(actor, {})).edges).toHaveLength(1)
  })

  test('told the same workflow twice, Temporal has it once', async () => {
    const actor = await registered()
    const run = await started(actor)
    const { runId } = await workflowOf(run).describe()
    await services.gateways.runs.start(run.workflowId, { tenantId: actor.tenantId }, 'again')
    expect((await workflowOf(run).describe()).runId).toBe(runId)
  })
})

describe('lost runs: on record, but their workflow is gone', () => {
  test('that were running are ended with their entities, and the next start works', async () => {
    const actor = await registered()
    const lost = await started(actor)
    await services.stores.runs.begin(asBegun(lost), aPlan('user'))
    await workflowOf(lost).terminate('by an engineer')
    const next = await started(actor)
    expect(next.id).not.toBe(lost.id)
    expect(await recorded(lost)).toMatchObject({
      status: 'FAILED',
      error: { code: 'RUN_LOST', message: expect.stringContaining('terminated') },
      entities: [{ entity: 'user', status: 'FAILED' }],
    })
    expect(services.log).toContainEqual(expect.objectContaining({ runId: lost.id, status: 'FAILED', level: 'error' }))
  })

  test('that were queued are ended after half a minute, in which their start may be under way', async () => {
    const actor = await registered()
    const never = aNewRun(actor.tenantId, { trigger: 'MANUAL', requestedBy: 'alice' })
    await queueRun(services.stores, never)
    expect(await runs.start(actor)).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
    await backdate(never)
    await started(actor)
    expect(await services.stores.runs.find(actor.tenantId, never.id)).toMatchObject({ status: 'FAILED' })
  })

  test('that were cancelled in Temporal before any worker saw them do not hold up the next', async () => {
    const actor = await registered()
    const run = await started(actor)
    await backdate(run)
    await workflowOf(run).terminate()
    expect(await started(actor)).toMatchObject({ status: 'QUEUED' })
  })

  test('are found by their own execution: the same scheduled time run again has the same workflow id', async () => {
    const { tenantId } = await registered()
    const workflowId = `export-${tenantId}-2026-11-23T00:00:00Z`
    const execute = async (): Promise<string> => {
      const args = [{ tenantId }]
      const options = { workflowId, taskQueue: services.taskQueue, args }
      return (await services.temporal.client.workflow.start(exportRunWorkflow, options)).firstExecutionRunId
    }
    const first = await services.stores.runs.begin(
      aNewRun(tenantId, { id: await execute(), workflowId }),
      aPlan('user'),
    )
    const deps = { runs: services.stores.runs, gateway: services.gateways.runs, events: services.events }
    expect(await endLostRuns(deps, tenantId)).toMatchObject([{ id: first.id }])
    await services.temporal.client.workflow.getHandle(workflowId).terminate('by an engineer')
    const second = await execute()
    expect(await endLostRuns(deps, tenantId, second)).toEqual([])
    expect(await recorded(first)).toMatchObject({ status: 'FAILED' })
    const begun = await services.stores.runs.begin(aNewRun(tenantId, { id: second, workflowId }), aPlan('user'))
    expect(begun.status).toBe('RUNNING')
    expect(await endLostRuns(deps, tenantId)).toMatchObject([{ id: second }])
    expect(await endLostRuns(deps, tenantId, second)).toEqual([])
    expect(await recorded(begun)).toMatchObject({ status: 'RUNNING' })
  })
})

describe('the look at the unfinished runs of all tenants', () => {
  const deps = (gateway = services.gateways.runs) => ({ runs: services.stores.runs, gateway, events: services.events })

  test('ends those that are lost, leaves those that are alive or young, and may be done by two at once', async () => {
    const [lost, alive, young] = await Promise.all([registered(), registered(), registered()])
    const runOf = async (actor: typeof lost) => {
      const run = await started(actor)
      await services.stores.runs.begin(asBegun(run), aPlan('user'))
      return run
    }
    const [lostRun, aliveRun, youngRun] = [await runOf(lost), await runOf(alive), await runOf(young)]
    await Promise.all([lostRun, aliveRun].map(backdate))
    await Promise.all([lostRun, youngRun].map((run) => workflowOf(run).terminate('by an engineer')))

    await Promise.all([endAllLostRuns(deps()), endAllLostRuns(deps())])
    const ended = await recorded(lostRun)
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: { code: 'RUN_LOST' },
      entities: [{ entity: 'user', status: 'FAILED' }],
    })
    expect([await recorded(aliveRun), await recorded(youngRun)]).toMatchObject([
      { status: 'RUNNING', error: null },
      { status: 'RUNNING', error: null },
    ])
    const alerts = services.log.filter(({ alert, runId }) => alert === 'RUN_LOST' && runId === lostRun.id)
    expect(alerts).toMatchObject([{ level: 'error', tenantId: lost.tenantId }])

    await endAllLostRuns(deps())
    expect(await recorded(lostRun)).toEqual(ended)
  })

  test('takes nothing for lost while Temporal can’t be asked', async () => {
    const run = await started(await registered())
    await backdate(run)
    await expect(endAllLostRuns(deps(services.unreachable.runs))).rejects.toMatchObject({
      code: 'TEMPORAL_UNAVAILABLE',
    })
    expect(await recorded(run)).toMatchObject({ status: 'QUEUED' })
  })

  test('goes on past a tenant with whom alone something is wrong', async () => {
    const [broken, other] = [await started(await registered()), await started(await registered())]
    await Promise.all([broken, other].map(backdate))
    await workflowOf(other).terminate('by an engineer')
    const gateway = {
      ...services.gateways.runs,
      isAlive: async (workflowId: string, executionId: string | undefined) => {
        if (workflowId === broken.workflowId) throw new Error('what nobody expected')
        return services.gateways.runs.isAlive(workflowId, executionId)
      },
    }
    await endAllLostRuns(deps(gateway))
    expect([await recorded(broken), await recorded(other)]).toMatchObject([{ status: 'QUEUED' }, { status: 'FAILED' }])
    expect(services.log).toContainEqual(
      expect.objectContaining({
        tenantId: broken.tenantId,
        msg: 'could not find out whether runs of a tenant are lost',
      }),
    )
  })
})

describe('a full load that a tenant asks for (promise 5)', () => {
  test('is noted for the entities named, by display name, and answered with them', async () => {
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

  test('is of all active entities where none are named; without any it is refused', async () => {
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
  ])('is refused for %j: %s', async (entityList, code) => {
    const actor = await registered()
    await publishOnce(services.stores, actor.tenantId, 'user', { to: new Date('2026-11-23T00:00:00Z') })
    const outcome = await runs.requestFullLoad(actor, { entityList, when: 'NOW' })
    expect(outcome).toMatchObject({ ok: false, userErrors: [{ code, path: ['entityList'] }] })
    expect((await services.stores.deliveries.watermarks(actor.tenantId)).get('user')?.fullLoadRequested).toBe(false)
  })
})

describe('past windows that a tenant asks for again', () => {
  const [monday, tuesday] = [new Date('2026-11-23T00:00:00Z'), new Date('2026-11-24T00:00:00Z')]

  test('are refused, all in words, where there is nothing to deliver again; nothing is started', async () => {
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
  test('are found by id, by their tenant alone (promise 13)', async () => {
    const actor = await registered()
    const run = await started(actor)
    expect(await runs.find(actor, run.id)).toEqual(run)
    expect(await runs.find(actor, run.id.toUpperCase())).toEqual(run)
    expect(await runs.find(anActor(newTenant()), run.id)).toBeNull()
  })

  test.each(['', 'nonsense', randomUUID(), "' OR 1=1", '-'.repeat(36)])('are none of the id %j', async (id) => {
    expect(await runs.find(anActor(newTenant()), id)).toBeNull()
  })

  test('have a link into the Temporal UI for operators, and none for tenants', async () => {
    const actor = await registered()
    const run = await started(actor)
    expect(runs.temporalUiUrl(actor, run)).toBeNull()
    const url = new URL(runs.temporalUiUrl({ ...actor, isOperator: true }, run)!)
    expect(url.origin).toBe('http://temporal.test')
    expect(decodeURIComponent(url.pathname)).toBe(`/namespaces/default/workflows/${run.workflowId}`)
  })
})
