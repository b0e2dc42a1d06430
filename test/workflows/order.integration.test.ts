import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Run } from '../../src/domain/run.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

const few = { user: 9, site_category: 2, site: 4 }
let world: World
beforeAll(async () => {
  world = await createWorld({ worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())

test('deltas are exported before full loads, with a higher priority, and each activity has the name of its entity', async () => {
  await world.startWorker()
  const tenant = await world.tenant({ rows: few, before: midnight(3) })
  await tenant.register({ entityList: 'user' })
  await tenant.backfill(midnight(2))
  await tenant.register({ entityList: 'user, site, site category' })
  const [run] = await tenant.backfill(midnight(1))
  expect(await tasksOf(run)).toEqual([
    { activityId: 'user', priorityKey: 3, fairnessKey: tenant.id },
    { activityId: 'site', priorityKey: 4, fairnessKey: tenant.id },
    { activityId: 'site category', priorityKey: 4, fairnessKey: tenant.id },
  ])
})

test('a run that was requested has its id and the version of the registration as search attributes', async () => {
  const tenant = await world.tenant({ rows: few })
  await tenant.register({ entityList: 'user' })
  const run = await tenant.runNow()
  expect(await attributesOf(run)).toMatchObject({ TidemarkRunId: run.id, RegistrationVersion: 1, TenantId: tenant.id })
})

test('each activity of a redelivery has the name of its entity and the end of its window', async () => {
  const tenant = await world.tenant({ rows: few, before: midnight(3) })
  await tenant.register({ entityList: 'user' })
  await tenant.backfill(midnight(2), midnight(1))
  const actor = anActor(tenant.id)
  const started = await world.useCases.runs.redeliver(actor, { from: midnight(4), to: new Date() })
  if (!started.ok) throw new Error('the redelivery was refused')
  const run = await tenant.finished(started.value.id)
  expect((await tasksOf(run)).map(({ activityId }) => activityId)).toEqual([
    `user up to ${midnight(2).toISOString()}`,
    `user up to ${midnight(1).toISOString()}`,
  ])
})

test('a worker starts at most RUN_STARTS_PER_SECOND runs in a second, and the others wait in Temporal without an alert', async () => {
  await world.stopWorkers()
  const tenants: TestTenant[] = []
  for (let count = 0; count < 4; count++) {
    const tenant = await world.tenant({ rows: { user: 3 } })
    await tenant.register({ entityList: 'user' })
    tenants.push(tenant)
  }
  const started = await Promise.all(tenants.map((tenant) => tenant.startRun()))
  await world.startWorker({ RUN_STARTS_PER_SECOND: '1' })
  const ended = await Promise.all(tenants.map((tenant, at) => tenant.finished(started[at]?.id ?? '')))
  expect(ended.map(({ status }) => status)).toEqual(tenants.map(() => 'SUCCEEDED'))
  const attempts = (await Promise.all(ended.map(planAttemptsOf))).toSorted()
  // The first run has its turn at once, the second one after a second.
  expect(attempts).toEqual([1, 1, 2, 2])
  const lines = world.log().split('\n')
  const about = lines.filter((line) => tenants.some(({ id }) => line.includes(id)))
  expect(about.filter((line) => /"level":"(warn|error)"|attempt failed/.test(line))).toEqual([])
})

async function historyOf(run: Run | undefined) {
  const handle = world.temporal.workflow.getHandle(run?.workflowId ?? '')
  await handle.result()
  return (await handle.fetchHistory()).events ?? []
}

async function tasksOf(run: Run | undefined) {
  return (await historyOf(run)).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    if (scheduled?.activityType?.name !== 'exportEntity') return []
    const { activityId, priority } = scheduled
    return [{ activityId, priorityKey: priority?.priorityKey, fairnessKey: priority?.fairnessKey }]
  })
}

/** The number of the attempt with which the run was planned. */
async function planAttemptsOf(run: Run): Promise<number | null | undefined> {
  const events = await historyOf(run)
  const [first] = events.flatMap(({ activityTaskStartedEventAttributes: started }) => started ?? [])
  return first?.attempt
}

async function attributesOf({ workflowId }: Run): Promise<Record<string, unknown>> {
  const handle = world.temporal.workflow.getHandle(workflowId)
  await handle.result()
  const { typedSearchAttributes } = await handle.describe()
  return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))
}
