import { indexPath } from '../src/domain/delivery-path.js'
import { asExportError } from '../src/domain/errors.js'
import { compareWithServer, publishIndex } from '../src/publication/index.js'
import type { ActivityDependencies } from './dependencies.js'
import { onKnownServer } from './known-server.js'

/** A run has written its index by then, unless it died or the server refused the index. */
const ageMs = 120_000

/** So few that they are written within the time of a step of the watch loop. */
const tenantsAtOnce = 20

/**
 * Writes indexes that no run has written: after a worker died between manifest and index, and after an upgrade from a release
 * without indexes. If the index of one tenant can't be written, those of the others are written all the same.
 */
export async function writeOldIndexes(deps: ActivityDependencies, signal: AbortSignal): Promise<void> {
  for (const tenantId of await deps.oldIndexes.tenants(new Date(Date.now() - ageMs), tenantsAtOnce)) {
    try {
      const known = onKnownServer(deps, tenantId)
      await compareWithServer(known, tenantId, signal)
      await publishIndex(known, tenantId, signal)
    } catch (error) {
      signal.throwIfAborted()
      deps.events.indexNotWritten(tenantId, indexPath(tenantId), asExportError(error))
    }
  }
}
