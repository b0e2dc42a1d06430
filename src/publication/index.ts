import type { ExportErrorCode } from '../domain/errors.js'
import type { Claim, EntityWindow, Published } from '../domain/publication.js'
import { stepOf } from '../domain/run-step.js'
import type { PublicationDependencies } from './dependencies.js'

/** The five verbs of the publication protocol. Nothing outside this folder imports another of its files, except types. */
export { completeOrDiscardAll } from './complete-or-discard.js'
export { deliver } from './deliver.js'
export { publishManifests } from './manifests.js'

/** Takes the right to publish a window from any earlier attempt. Returns the publication if the run has published it already. */
export async function claim(
  deps: PublicationDependencies,
  window: EntityWindow,
  attempt: number,
): Promise<{ claim: Claim } | { published: Published }> {
  await deps.onStep('claim', stepOf(window))
  return deps.publications.claim(window, attempt, deps.hiddenName)
}

/** Records why an attempt failed, for readers of the run. */
export function recordFailure(
  deps: PublicationDependencies,
  window: EntityWindow,
  error: { readonly code: ExportErrorCode; readonly message: string },
): Promise<void> {
  return deps.publications.recordFailure(window, error)
}
