import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { scheduleId } from '../../../src/contracts.js'
import { eventually } from '../../support/eventually.js'
import type { TestTenant } from '../../support/world/tenant.js'
import { letFilesBecomeDue } from './support/late.js'
import { beginOutage, type OutageOptions } from './support/outage.js'
import { createScene, type Scene } from './support/scene.js'

let scene: Scene
beforeAll(async () => {
  scene = await createScene()
})
afterEach(async () => {
  scene.world.sftp.proxy.throttle(Infinity)
  await scene.world.stopWorkers()
})
afterAll(() => scene[Symbol.asyncDispose]())

async function registered(rows: Readonly<Record<string, number>> = { user: 2 }): Promise<TestTenant> {
  const tenant = await scene.world.tenant({ rows })
  await tenant.register({ entityList: 'user' })
  return tenant
}

const scheduleOf = ({ id }: TestTenant) => scene.world.temporal.schedule.getHandle(scheduleId(id))
const overdue = (failure: string, cause: RegExp): OutageOptions => ({
  ...{ failure, cause },
  ...{ code: 'EXPORT_OVERDUE', noticedSeconds: 0 },
})

test('a slow line makes the files overdue, and the progress of the run shows that it is slow and not hung (promise 14)', async () => {
  const { proxy } = scene.world.sftp
  await scene.startWorker()
  const tenant = await registered({ user: 20_000 })
  proxy.throttle(100_000)
  const run = await tenant.startRun()
  const progress = async () => {
    const found = await scene.admin.runs.find(scene.admin.actorFor(tenant.id), run.id)
    return found?.entities[0]?.attempt
  }
  await eventually('the file to grow', async () => ((await progress())?.bytes ?? 0n) > 0n)
  const outage = await beginOutage(scene, overdue('slow line', new RegExp(`Run ${run.id} is in progress`)), () =>
    letFilesBecomeDue(scene.world, tenant),
  )
  const { tenants } = await outage.alert()
  expect(tenants).toMatchObject({ count: 1, first: [tenant.id] })
  const before = await progress()
  const after = await eventually('more bytes', async () => {
    const now = await progress()
    return now && now.bytes > (before?.bytes ?? 0n) && now
  })
  expect(after.step).toMatch(/^(stream|upload)$/)
  expect(after.bytesPerSecond).toBeGreaterThan(0)
  proxy.throttle(Infinity)
  outage.fixed()
  expect(await tenant.finished(run.id)).toMatchObject({ status: 'SUCCEEDED' })
  await outage.resolved({ steps: ['alert', 'tidemark runs TENANT RUN'], command: 'fix the line; the run goes on' })
})

test('a schedule that somebody paused in Temporal makes the files overdue, and resume and run deliver them (promise 14)', async () => {
  await scene.startWorker()
  const tenant = await registered()
  await scheduleOf(tenant).pause('under repair')
  await using _api = await scene.startApi()
  const outage = await beginOutage(
    scene,
    overdue('schedule paused in Temporal', /An operator has paused the schedule in Temporal: under repair/),
    async () => {
      await eventually('the pause to be read', async () => {
        const [state] = await scene.admin.operations.tenantsMatching({ search: tenant.id })
        return state?.pausedNote === 'under repair'
      })
      await letFilesBecomeDue(scene.world, tenant)
    },
  )
  await outage.alert()
  outage.fixed()
  expect(await scene.tidemark(['resume', tenant.id])).toMatchObject({ exitCode: 0 })
  expect((await scheduleOf(tenant).describe()).state.paused).toBe(false)
  const run = await scene.tidemark(['run', tenant.id, '--wait'])
  expect(run).toMatchObject({ exitCode: 0, result: { status: 'SUCCEEDED' } })
  await outage.resolved({ steps: ['alert'], command: 'tidemark resume TENANT, tidemark run TENANT' })
})

test('a schedule that never fires makes the files overdue, and a run delivers them (promise 14)', async () => {
  await scene.startWorker()
  const tenant = await registered()
  const outage = await beginOutage(
    scene,
    overdue('schedule never fires', /No run has failed: Temporal has not started one/),
    async () => {
      await scheduleOf(tenant).delete()
      await letFilesBecomeDue(scene.world, tenant)
    },
  )
  await outage.alert()
  const [state] = await scene.admin.operations.tenantsMatching({ overdue: true })
  expect(state).toMatchObject({ tenantId: tenant.id, lastRunId: null })
  // The schedule comes back by the reconciler of an API.
  await using _api = await scene.startApi()
  outage.fixed()
  const started = await scene.admin.runs.start(scene.admin.actorFor(tenant.id))
  expect(started.ok).toBe(true)
  await outage.resolved({
    steps: ['alert', 'tidemark tenants --overdue'],
    command: 'tidemark run TENANT',
  })
  await eventually('the schedule to be back', () =>
    scheduleOf(tenant)
      .describe()
      .then(
        () => true,
        () => false,
      ),
  )
})
