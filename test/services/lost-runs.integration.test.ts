import { describe, expect, test } from 'vitest'
import { exportRunWorkflow } from '../../src/contracts.js'
import { endAllLostRuns, endLostRuns } from '../../src/services/lost-runs.js'
import { aNewRun, aPlan, asBegun, queueRun } from '../support/world/stores.js'
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

describe('lost runs', () => {
  test('lost runs that were running are ended with their entities, and the next start works', async () => {
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

  test('lost runs that were queued are ended half a minute later, since their start may be under way', async () => {
    const actor = await registered()
    const never = aNewRun(actor.tenantId, { trigger: 'MANUAL', requestedBy: 'alice' })
    await queueRun(services.stores, never)
    expect(await runs.start(actor)).toMatchObject(refusedWith('RUN_IN_PROGRESS'))
    await backdate(never)
    await started(actor)
    expect(await services.stores.runs.find(actor.tenantId, never.id)).toMatchObject({ status: 'FAILED' })
  })

  test('a run that was cancelled in Temporal before a worker saw it does not block the next one', async () => {
    const actor = await registered()
    const run = await started(actor)
    await backdate(run)
    await workflowOf(run).terminate()
    expect(await started(actor)).toMatchObject({ status: 'QUEUED' })
  })

  test('a lost run is found by its own execution, since a repeated scheduled time has the same workflow id', async () => {
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

describe('the check of the unfinished runs of all tenants', () => {
  const deps = (gateway = services.gateways.runs) => ({ runs: services.stores.runs, gateway, events: services.events })

  test('the check ends lost runs, leaves running and new ones alone, and can run twice at once', async () => {
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
    const reports = services.log.filter(
      ({ msg, runId }) => String(msg).startsWith('run finished') && runId === lostRun.id,
    )
    expect(reports).toMatchObject([{ level: 'error', tenantId: lost.tenantId, error: { code: 'RUN_LOST' } }])

    await endAllLostRuns(deps())
    expect(await recorded(lostRun)).toEqual(ended)
  })

  test('no run is considered lost while Temporal is unavailable', async () => {
    const run = await started(await registered())
    await backdate(run)
    await expect(endAllLostRuns(deps(services.unreachable.runs))).rejects.toMatchObject({
      code: 'TEMPORAL_UNAVAILABLE',
    })
    expect(await recorded(run)).toMatchObject({ status: 'QUEUED' })
  })

  test('the check of lost runs continues after an error with one tenant', async () => {
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
        msg: 'lost runs of a tenant could not be ended',
      }),
    )
  })
})
