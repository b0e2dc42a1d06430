import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Run } from '../../src/domain/run.js'
import { eventually } from '../support/eventually.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())

test('a tenant does not wait until all earlier tasks of another tenant are done', async () => {
  const [large, small] = [
    await world.tenant({ rows: 100 }),
    await world.tenant({ rows: { user: 3, site_category: 2 } }),
  ]
  await large.register({ exportOption: 'EXPORT_ALL' })
  await small.register({ entityList: 'user, site category' })
  const done: string[] = []
  let goOn = (): void => undefined
  const allQueued = new Promise<void>((resolve) => (goOn = resolve))
  onTestFinished(() => goOn())
  await world.startWorker(
    // One task at a time, and all tasks of a run in the queue at once.
    { WORKER_CONCURRENCY: '1', EXPORT_ENTITY_CONCURRENCY: '26' },
    {
      onStep: async (step, { tenantId }) => {
        if (step === 'claim') await allQueued
        if (step === 'claim' || step === 'finish') done.push(`${step} of ${tenantId === small.id ? 'small' : 'large'}`)
      },
    },
  )
  const first = await large.startRun()
  await waiting(first, 26)
  const second = await small.startRun()
  await waiting(second, 1)
  goOn()
  await small.finished(second.id)
  await large.finished(first.id)
  // Taken in turn, the small one's four tasks cost it no more than as many of the large one's, and some that were on
  // their way to the worker.
  const before = done.slice(0, done.indexOf('finish of small'))
  expect(before.filter((each) => each === 'claim of small')).toHaveLength(2)
  expect(before.filter((each) => each === 'claim of large').length).toBeLessThan(13)
})

/** Until so many of the run's tasks are in the queue, or with the worker. */
async function waiting({ workflowId }: Run, tasks: number): Promise<void> {
  await eventually(`${tasks} tasks of ${workflowId}`, async () => {
    const { raw } = await world.temporal.workflow.getHandle(workflowId).describe()
    return raw.pendingActivities?.length === tasks
  })
}
