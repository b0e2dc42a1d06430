import type { EntityOfRun } from '../src/database/delivery-store.js'
import type { RunStep } from '../src/domain/run-step.js'
import type { ActivityDependencies } from './dependencies.js'

/** Says that a step of an entity's export is about to be taken, and waits for whoever wants to stand before it. */
export async function step(
  deps: ActivityDependencies,
  { tenantId, runId, entity }: EntityOfRun,
  name: RunStep,
): Promise<void> {
  await deps.onStep(name, { tenantId, runId, entity })
}
