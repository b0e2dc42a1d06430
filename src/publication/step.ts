import type { EntityWindow } from '../domain/publication.js'
import type { RunStep } from '../domain/run-step.js'
import type { PublicationDependencies } from './dependencies.js'

/** Reports that a step of a window's publication is about to be taken, and waits for the listener. */
export async function step(
  { onStep }: Pick<PublicationDependencies, 'onStep'>,
  { tenantId, runId, entity }: EntityWindow,
  name: RunStep,
): Promise<void> {
  await onStep(name, { tenantId, runId, entity })
}
