import { expect } from 'vitest'
import type { Run } from '../../../src/domain/run.js'
import { midnight } from '../../support/world/days.js'
import { eventually } from '../../support/eventually.js'
import { holdAll, onlyWholeFilesSeen } from './invariants.js'
import type { Poller } from './poller.js'
import type { TenantOptions, TestTenant } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

/** Rows that are exported within a moment. */
export const fewRows = { user: 12, site_category: 2, site: 6 }

/** Rows that take a while on a slow line. */
export const manyRows = { user: 8000, site_category: 2, site: 6 }

/**
 * A tenant whose next run is the second of its day: two files and their manifest are about to be replaced. Its rows
 * have changed since the first. With many rows, the day's files are large: they are dated within it.
 */
export async function preparedTenant(world: World, rows: TenantOptions['rows'] = fewRows): Promise<TestTenant> {
  const tenant = await world.tenant({ rows })
  await tenant.register({ entityList: 'site, user' })
  // Almost all of the rows, which lie within two years, are changes since then.
  await tenant.backfill(midnight(700))
  await tenant.mutate({ inserts: 1, updates: 2, deletes: 1 })
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await tenant.mutate({ inserts: 1, updates: 2, deletes: 1 })
  return tenant
}

/** Starts a run, and waits until a file of it has begun to grow. The line has to be slow. */
export async function runInTheMiddleOfAFile(tenant: TestTenant): Promise<Run> {
  const run = await tenant.startRun()
  await eventually('a hidden file to grow', async () =>
    (await tenant.files()).some(({ path, content }) => path.endsWith('.part') && content.length > 50_000),
  )
  return run
}

/** What a run says of its end, entity by entity: `PUBLISHED`, or the error's code. */
export function outcomeOf({ status, error, entities }: Run) {
  return { status, error: error?.code ?? null, entities: entities.map((each) => each.error?.code ?? each.status) }
}

/** All invariants hold as they are, and once more after the next run has succeeded. */
export async function expectHealed(world: World, tenant: TestTenant, poller: Poller): Promise<void> {
  await tenant.mutate({ inserts: 1, updates: 1, deletes: 0 })
  expect(await tenant.runNow()).toMatchObject({ status: 'SUCCEEDED' })
  await holdAll(world, tenant)
  await onlyWholeFilesSeen(world, [tenant], await poller.stop())
  expect(poller.violations).toEqual([])
}
