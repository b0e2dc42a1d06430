import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.js'
import { startHeldWorker } from '../support/held-worker.js'
import { pace } from './support/bounds.js'
import { beginOutage } from './support/outage.js'
import { createScene, type Scene, troubled } from './support/scene.js'

let scene: Scene
beforeAll(async () => {
  scene = await createScene()
})
afterEach(() => scene.world.stopWorkers())
afterAll(() => scene[Symbol.asyncDispose]())

const workers = "SELECT FROM tidemark.process WHERE kind = 'WORKER'"

const clockAhead = {
  CLOCK_AHEAD_SECONDS: '90',
  NODE_OPTIONS: `--import=${new URL('support/shifted-clock.mjs', import.meta.url).href}`,
}

test('a worker that is killed is reported, and a new worker resolves that and takes the runs that wait (promise 14)', async () => {
  const worker = await startHeldWorker(scene.world.environment, {}, pace)
  try {
    await eventually('the heartbeat of the worker', async () => (await scene.world.own(workers)).length > 0)
    await using _api = await scene.startApi()
    const tenant = await scene.world.tenant({ rows: { user: 2 } })
    await tenant.register({ entityList: 'user' })
    const outage = await beginOutage(
      scene,
      {
        failure: 'worker killed (kill -9)',
        code: 'NO_WORKER',
        // A worker that dies in a step of the watch loop keeps that step for a while.
        noticedSeconds: pace.leaseSeconds + (pace.silentMs + pace.confirmMs) / 1000,
        cause: /sent its last heartbeat at .+Start a worker/,
      },
      () => {
        worker.signal('SIGKILL')
        return worker.ended
      },
    )
    const { incidentId } = await outage.alert()
    const status = await scene.tidemark(['status'])
    expect(status).toMatchObject({ exitCode: 1, result: { incidents: [{ id: incidentId, code: 'NO_WORKER' }] } })
    // Another API, which has just started, does not take the incident for resolved.
    await using _other = await scene.startApi()
    const { id } = await tenant.startRun()
    await scene.startWorker()
    outage.fixed()
    await outage.resolved({ steps: ['alert'], command: 'start a worker' })
    expect(await tenant.finished(id)).toMatchObject({ status: 'SUCCEEDED' })
  } finally {
    worker.signal('SIGKILL')
    await worker.ended
  }
})

test('a worker whose clock is wrong is reported, and a correct clock resolves that (promise 14)', async () => {
  await using _api = await scene.startApi()
  await scene.startWorker()
  let worker: Awaited<ReturnType<typeof startHeldWorker>> | undefined
  try {
    const outage = await beginOutage(
      scene,
      {
        failure: 'clock 90 s ahead',
        code: 'CLOCK_SKEWED',
        noticedSeconds: 0,
        cause: /a worker .+(89|90|91) s ahead of/,
      },
      async () => {
        worker = await startHeldWorker({ ...scene.world.environment, ...clockAhead }, {}, pace)
      },
    )
    await outage.alert()
    expect(troubled(await scene.tidemark(['doctor'], clockAhead))).toContain('clock')
    worker?.signal('SIGTERM')
    await worker?.ended
    outage.fixed()
    await outage.resolved({ steps: ['alert'], command: 'synchronize the clock' })
    expect(troubled(await scene.tidemark(['doctor']))).not.toContain('clock')
  } finally {
    worker?.signal('SIGKILL')
    await worker?.ended
  }
})

test('an issuer whose keys an API can’t fetch is reported, and resolved once they can be fetched (promise 14)', async () => {
  await scene.startWorker()
  let api: AsyncDisposable | undefined
  try {
    const outage = await beginOutage(
      scene,
      {
        failure: 'issuer down',
        code: 'ISSUER_UNAVAILABLE',
        noticedSeconds: 0,
        cause: /The API .+ since .+ answered 500/,
      },
      async () => {
        scene.issuer.breakDown()
        api = await scene.startApi()
      },
    )
    expect((await outage.alert()).subject).toBe(scene.issuer.issuer)
    expect(troubled(await scene.tidemark(['doctor']))).toContain('issuer')
    scene.issuer.repair()
    outage.fixed()
    await outage.resolved({ steps: ['alert'], command: 'start the issuer' })
  } finally {
    await api?.[Symbol.asyncDispose]()
  }
})
