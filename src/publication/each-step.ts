import type { EntityWindow } from '../domain/publication.js'
import { type EntityStep, stepOf } from '../domain/run-step.js'
import type { PublicationDependencies } from './dependencies.js'

/** Announces the step that is about to be taken for these windows. */
export async function onStepOfEach(
  { onStep }: Pick<PublicationDependencies, 'onStep'>,
  step: EntityStep,
  windows: readonly EntityWindow[],
): Promise<void> {
  for (const window of windows) await onStep(step, stepOf(window))
}
