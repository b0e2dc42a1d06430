import { asExportError } from '../src/domain/errors.js'
import type { EntityWindow } from '../src/domain/publication.js'
import { publishManifests } from '../src/publication/index.js'
import type { ActivityDependencies } from './dependencies.js'
import { onKnownServer } from './known-server.js'

/** How long writing a missing manifest may take after an attempt failed, in milliseconds. */
const manifestMs = 30_000

/** If the database is down, finishRun records the failure later, and the manifests stay pending. */
export async function bestEffort(
  deps: ActivityDependencies,
  window: EntityWindow,
  cleanUp: () => Promise<void>,
): Promise<void> {
  try {
    await cleanUp()
  } catch (error) {
    deps.events.cleanupFailed(window, asExportError(error))
  }
}

/**
 * An attempt that fails after its run has ended is stale, and may have withdrawn a manifest that was written since. The
 * tenant's next run would write it again, but that may be a month away.
 */
export async function republishManifests(deps: ActivityDependencies, { tenantId, runId }: EntityWindow): Promise<void> {
  const run = await deps.runs.find(tenantId, runId)
  if (!run?.finishedAt || (await deps.runs.unfinished(tenantId)).length > 0) return
  await publishManifests(onKnownServer(deps, tenantId), tenantId, AbortSignal.timeout(manifestMs))
}
