import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { holdTable } from '../support/postgres/hold-table.js'
import { anActor } from '../support/world/builders.js'
import { createWorld, type World } from '../support/world/world.js'
import { expectEqualToSource } from './support/run-results.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ environment: { EXPORT_ENTITY_CONCURRENCY: '1' } })
})
afterAll(() => world[Symbol.asyncDispose]())

test('a cancelled run keeps its published files, and its retry exports only the other entities (promise 4)', async () => {
  const tenant = await world.tenant({ rows: { site_category: 3, site: 5, user: 8 } })
  const actor = anActor(tenant.id)
  await tenant.register({ entityList: 'site category, site' })
  const held = await holdTable(world, 'site_category')
  const run = await tenant.startRun()
  await eventually('the first entity to be published', async () =>
    (await tenant.find(run.id)).entities.some(({ status }) => status === 'PUBLISHED'),
  )
  const { runs } = world.useCases
  const cancelled = await runs.cancel(actor, run.id)
  expect(cancelled).toMatchObject({ ok: true, value: { id: run.id } })
  const stopped = await tenant.finished(run.id)
  expect(stopped).toMatchObject({ status: 'CANCELLED', manifestPath: expect.any(String) })
  expect(stopped.entities.map(({ entity, status }) => [entity, status])).toEqual([
    ['site', 'PUBLISHED'],
    ['site_category', 'CANCELLED'],
  ])
  expect(await runs.cancel(actor, run.id)).toMatchObject({ ok: false, userErrors: [{ code: 'RUN_ENDED' }] })
  await held.release()
  const retried = await runs.retry(actor, run.id)
  const ended = await tenant.finished(retried.ok ? retried.value.id : '')
  expect(ended).toMatchObject({ status: 'SUCCEEDED', trigger: 'RETRY', entities: [{ entity: 'site_category' }] })
  expect(ended.entities).toHaveLength(1)
  expectEqualToSource(await tenant.compare(), { site: 5, site_category: 3 })
})

test('a run of a list exports only what the list names', async () => {
  const tenant = await world.tenant({ rows: { site_category: 3, site: 5, user: 8 } })
  await tenant.register({ entityList: 'site category, site' })
  const started = await world.useCases.runs.start(anActor(tenant.id), { entityList: 'SITE' })
  const ended = await tenant.finished(started.ok ? started.value.id : '')
  expect(ended).toMatchObject({ status: 'SUCCEEDED', trigger: 'MANUAL' })
  expect(ended.entities.map(({ entity }) => entity)).toEqual(['site'])
})
