import type { ExportErrorCode } from '../domain/errors.js'
import type { Claimed, EntityWindow } from '../domain/publication.js'
import type { PublicationDependencies } from './dependencies.js'
import { onStepOfEach } from './each-step.js'

/** The nine verbs of the publication protocol. Nothing outside this folder imports another of its files, except types. */
export { compareWithServer } from './compare-with-server.js'
export { completeOrDiscardAll } from './complete-or-discard.js'
export { deliver, deliverAll } from './deliver.js'
export { publishIndex } from './export-index.js'
export { publishManifests } from './manifests.js'

/** Takes the right to publish a window from any earlier attempt. Returns the publication if the run has published it already. */
export async function claim(deps: PublicationDependencies, window: EntityWindow, attempt: number): Promise<Claimed> {
  await onStepOfEach(deps, 'claim', [window])
  return deps.publications.claim(window, attempt, deps.hiddenName)
}

/** The same for windows of several entities in one run. */
export async function claimAll(
  deps: PublicationDependencies,
  windows: readonly EntityWindow[],
  attempt: number,
): Promise<readonly Claimed[]> {
  await onStepOfEach(deps, 'claim', windows)
  return deps.publications.claimAll(windows, attempt, deps.hiddenName)
}

/** Records why an attempt failed, for readers of the run. */
export function recordFailure(
  deps: PublicationDependencies,
  window: EntityWindow,
  error: { readonly code: ExportErrorCode; readonly message: string },
): Promise<void> {
  return deps.publications.recordFailure(window, error)
}
