import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { removeOldFilesWorkflow } from '../../src/contracts.js'
import { createTaskQueueClaim, retentionScheduleId } from '../../src/schedules/task-queue-claim.js'
import { openTemporal, type Temporal } from '../../src/schedules/temporal.js'

let temporal: Temporal
beforeAll(() => {
  const address = inject('temporalAddress')
  temporal = openTemporal({ address, namespace: 'default', tls: false, apiKey: undefined })
})
afterAll(() => temporal[Symbol.asyncDispose]())

const aTaskQueue = (): string => `claim-${randomUUID()}`

const claimOf = (taskQueue: string, installation: string) =>
  createTaskQueueClaim(temporal, { taskQueue }, async () => installation)

/** As an earlier release has made it, and an operator has changed its time. */
async function unmarked(taskQueue: string): Promise<void> {
  const scheduleId = retentionScheduleId(taskQueue)
  await temporal.client.schedule.create({
    scheduleId,
    spec: { calendars: [{ hour: 5, minute: 15 }] },
    action: {
      type: 'startWorkflow',
      workflowType: removeOldFilesWorkflow,
      workflowId: scheduleId,
      taskQueue,
      args: [{}],
    },
  })
}

const describe = (taskQueue: string) => temporal.client.schedule.getHandle(retentionScheduleId(taskQueue)).describe()

test('five workers that start at once claim the schedule of an earlier release, and its time stays', async () => {
  const taskQueue = aTaskQueue()
  await unmarked(taskQueue)
  await Promise.all(Array.from({ length: 5 }, () => claimOf(taskQueue, 'ours').claim()))
  expect(await claimOf(taskQueue, 'ours').owner()).toBe('ours')
  const { spec } = await describe(taskQueue)
  expect(spec.calendars).toMatchObject([{ hour: [{ start: 5 }], minute: [{ start: 15 }] }])
})

test('a task queue of another installation is refused, and its mark stays', async () => {
  const taskQueue = aTaskQueue()
  await claimOf(taskQueue, 'theirs').claim()
  const ours = claimOf(taskQueue, 'ours')
  for (const attempt of [() => ours.claim(), () => ours.require()]) {
    await expect(attempt()).rejects.toMatchObject({
      code: 'INSTALLATION_MISMATCH',
      message: `In Temporal, the task queue ${taskQueue} belongs to installation theirs. This database is that of installation ours.`,
    })
  }
  expect(await ours.owner()).toBe('theirs')
})

test('an installation that takes over has the task queue, and the other one is refused', async () => {
  const taskQueue = aTaskQueue()
  const theirs = claimOf(taskQueue, 'theirs')
  await theirs.claim()
  await claimOf(taskQueue, 'ours').takeOver()
  await expect(theirs.claim()).rejects.toMatchObject({ code: 'INSTALLATION_MISMATCH' })
  await claimOf(taskQueue, 'ours').claim()
})

test('a task queue without a mark is not refused, and is not marked by a look', async () => {
  const taskQueue = aTaskQueue()
  await claimOf(taskQueue, 'ours').require()
  expect(await claimOf(taskQueue, 'ours').owner()).toBeUndefined()
})
