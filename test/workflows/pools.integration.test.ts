import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { WorkerUse } from '../support/programs/counted-worker-program.js'
import { startProgram } from '../support/programs/speaking-program.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())

test('a worker opens at most the configured connections, and reuses them for the next file', async () => {
  await using worker = startProgram('test/support/programs/counted-worker-program.ts', {
    ...world.environment,
    SFTP_MAX_CONNECTIONS: '2',
    DATABASE_POOL_SIZE: '3',
    SOURCE_POOL_SIZE: '2',
    EXPORT_ENTITY_CONCURRENCY: '6',
    WORKER_CONCURRENCY: '12',
    WORKFLOW_BUNDLE: inject('workflowBundle'),
  })
  await worker.said('ready')
  const tenants = await Promise.all([1, 2, 3].map(() => world.tenant({ rows: 300 })))
  for (const tenant of tenants) {
    await tenant.register({ entityList: 'user, site, site category, content, comment, feed' })
  }
  const runs = await Promise.all(tenants.map((tenant) => tenant.runNow()))
  expect(runs.map(({ status, entities }) => [status, entities.length])).toEqual(tenants.map(() => ['SUCCEEDED', 6]))
  await worker.stop()
  const { use } = await worker.said<{ use: WorkerUse }>('use')
  expect(use.sftp).toEqual({ opened: 2, most: 2 })
  expect(use.postgres.most).toBeGreaterThan(1)
  expect(use.postgres.most).toBeLessThanOrEqual(3 + 2)
})
