import { Context } from '@temporalio/activity'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Run } from '../../src/domain/run.js'
import { holdAll } from '../faults/support/invariants.js'
import { anActor } from '../support/world/builders.js'
import { midnight } from '../support/world/days.js'
import { eventually } from '../support/eventually.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'

/** Small files of a run that are exported together, and what is exported alone instead. */

let world: World
beforeAll(async () => {
  world = await createWorld({ environment: { EXPORT_FILES_TOGETHER: '32' }, worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())
afterEach(() => world.stopWorkers())

const few = { user: 9, site_category: 2, site: 4 }
const entityList = 'user, site, site category'

async function registered(rows: Record<string, number> = few): Promise<TestTenant> {
  const tenant = await world.tenant({ rows })
  await tenant.register({ entityList })
  return tenant
}

/** The export activities of a run in the order in which they were scheduled, with their priorities. */
async function activitiesOf({ workflowId }: Run) {
  const { events } = await world.temporal.workflow.getHandle(workflowId).fetchHistory()
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    if (!scheduled?.activityType?.name?.startsWith('export')) return []
    return [`${scheduled.activityType.name} ${scheduled.activityId} ${scheduled.priority?.priorityKey}`]
  })
}

test('the small files of a run are exported by one activity, and a large file by one of its own (promises 2, 8)', async () => {
  await world.startWorker()
  const tenant = await registered({ ...few, user: 30_000 })
  const run = await tenant.runNow()
  expect(run.status).toBe('SUCCEEDED')
  expect(await activitiesOf(run)).toEqual(['exportSmallFiles small files 4', 'exportEntity user 4'])
  await holdAll(world, tenant)
})

test('deltas are exported together before full loads, and a single file has an activity of its own', async () => {
  await world.startWorker()
  const tenant = await world.tenant({ rows: few, before: midnight(3) })
  await tenant.register({ entityList: 'user, site' })
  await tenant.backfill(midnight(2))
  await tenant.register({ entityList })
  const [run] = await tenant.backfill(midnight(1))
  expect(run && (await activitiesOf(run))).toEqual(['exportSmallFiles small files 3', 'exportEntity site category 4'])
  await holdAll(world, tenant)
})

test('an entity that the source refuses is left to an activity of its own, and the others are published together', async () => {
  await world.startWorker({ EXPORT_MAX_ATTEMPTS: '1' })
  const tenant = await registered()
  await world.sql('ALTER TABLE analytics.site ENABLE ROW LEVEL SECURITY')
  const run = await tenant.runNow()
  await world.sql('ALTER TABLE analytics.site DISABLE ROW LEVEL SECURITY')
  expect(run.entities.map(({ entity, status, error }) => [entity, status, error?.code])).toEqual([
    ['site', 'FAILED', 'SOURCE_ROWS_HIDDEN'],
    ['site_category', 'PUBLISHED', undefined],
    ['user', 'PUBLISHED', undefined],
  ])
  expect(await activitiesOf(run)).toEqual(['exportSmallFiles small files 4', 'exportEntity site 4'])
})

test('several windows of an entity that are delivered again each have an activity of their own', async () => {
  await world.startWorker()
  const tenant = await world.tenant({ rows: few, before: midnight(3) })
  await tenant.register({ entityList: 'user, site' })
  await tenant.backfill(midnight(2), midnight(1))
  const started = await world.useCases.runs.redeliver(anActor(tenant.id), { from: midnight(4), to: new Date() })
  if (!started.ok) throw new Error('the redelivery was refused')
  const run = await tenant.finished(started.value.id)
  expect(run.status).toBe('SUCCEEDED')
  expect((await activitiesOf(run)).map((name) => name.split(' ')[0])).toEqual(Array(4).fill('exportEntity'))
  expect(await tenant.hiddenFiles()).toEqual([])
})

test('files that cannot be uploaded together are each exported alone, with attempts of their own', async () => {
  let refused = 0
  await world.startWorker(
    {},
    {
      onStep: (step) => {
        if (step !== 'intend' || refused++ > 0) return
        throw new Error('refused by a test')
      },
    },
  )
  const tenant = await registered()
  const run = await tenant.runNow()
  expect(run.status).toBe('SUCCEEDED')
  expect((await activitiesOf(run)).map((name) => name.split(' ')[0])).toEqual([
    'exportSmallFiles',
    ...Array.from({ length: 3 }, () => 'exportEntity'),
  ])
  expect(await tenant.hiddenFiles()).toEqual([])
  await holdAll(world, tenant)
})

test('a run that is cancelled while files are exported together publishes none of them and leaves no file', async () => {
  const tenant = await registered()
  let isHeld = false
  await world.startWorker(
    {},
    {
      onStep: async (step) => {
        if (step !== 'upload' || isHeld) return
        isHeld = true
        await Context.current().cancelled.catch(() => undefined)
      },
    },
  )
  const run = await tenant.startRun()
  await eventually('the activity to be held', async () => isHeld)
  await world.temporal.workflow.getHandle(run.workflowId).cancel()
  const ended = await tenant.finished(run.id)
  expect(ended.status).toBe('CANCELLED')
  expect(ended.entities.map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED'])
  expect(await tenant.files()).toEqual([])
  expect((await tenant.runNow()).status).toBe('SUCCEEDED')
  await holdAll(world, tenant)
})
