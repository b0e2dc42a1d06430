import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTemporalPlace, type TemporalPlace } from '../support/temporal-place.js'
import { beginOutage } from './support/outage.js'
import { createScene, type Scene, troubled } from './support/scene.js'

/** RECONCILE_SECONDS, and the deadline of a call to Temporal: see src/schedules/temporal.ts. */
const noticedSeconds = 1 + 4

let place: TemporalPlace
let scene: Scene
beforeAll(async () => {
  place = await startTemporalPlace()
  scene = await createScene({ environment: { TEMPORAL_ADDRESS: place.address } })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
})

test('Temporal that is down is reported, and resolved once it is back; then a run works (promise 14)', async () => {
  await using _api = await scene.startApi()
  await scene.startWorker()
  const tenant = await scene.world.tenant({ rows: { user: 2 } })
  await tenant.register({ entityList: 'user' })
  const outage = await beginOutage(
    scene,
    { failure: 'Temporal down', code: 'TEMPORAL_UNAVAILABLE', noticedSeconds, cause: /Temporal/ },
    () => place.kill(),
  )
  const { subject } = await outage.alert()
  expect(subject).toBe(`${place.address}/default`)
  expect(troubled(await scene.tidemark(['doctor']))).toContain('temporal')
  const refused = await scene.admin.runs.start(scene.admin.actorFor(tenant.id))
  expect(refused).toMatchObject({ ok: false, userErrors: [{ code: 'TEMPORAL_UNAVAILABLE' }] })

  await place.start()
  outage.fixed()
  await outage.resolved({ steps: ['alert'], command: 'start Temporal' })
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
})
