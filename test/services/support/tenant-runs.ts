import { afterAll, beforeAll, expect } from 'vitest'
import type { Actor } from '../../../src/domain/actor.js'
import type { Run } from '../../../src/domain/run.js'
import type { Runs } from '../../../src/services/runs/runs.js'
import { anActor } from '../../support/world/builders.js'
import { openServices, type TestServices } from '../../support/world/services.js'
import { newTenant } from '../../support/world/stores.js'

export let services: TestServices
export let runs: Runs

/** Registers the hooks that open the services for the tests of a file. */
export function useRuns(): void {
  beforeAll(async () => {
    services = await openServices()
    runs = services.runs()
  })
  afterAll(() => services[Symbol.asyncDispose]())
}

/** The caller of a tenant that is registered. */
export async function registered(entityList = 'user, must reads'): Promise<Actor> {
  const actor = anActor(newTenant(), 'alice')
  const outcome = await services.registrations().replace(actor, { entityList })
  expect(outcome.ok).toBe(true)
  return actor
}

export async function started(actor: Actor): Promise<Run> {
  const outcome = await runs.start(actor)
  if (!outcome.ok) throw new Error(outcome.userErrors[0]?.message)
  return outcome.value
}

export const refusedWith = (code: string) => ({ ok: false, userErrors: [{ code, path: [], didYouMean: [] }] })
export const workflowOf = (run: Run) => services.temporal.client.workflow.getHandle(run.workflowId)
export const recorded = (run: Run) => services.stores.runs.find(run.tenantId, run.id)

/** Lets the run have been asked for a minute ago. */
export async function backdate(run: Pick<Run, 'id'>): Promise<void> {
  await services.stores.query(`UPDATE run SET queued_at = queued_at - interval '1 minute' WHERE id = $1`, [run.id])
}
