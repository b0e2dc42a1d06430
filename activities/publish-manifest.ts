import { Context } from '@temporalio/activity'
import type { ManifestResult, PublishManifestInput } from '../src/contracts.js'
import type { RecordedPosition } from '../src/domain/ledger-gap.js'
import { completeOrDiscardAll, publishManifests } from '../src/publication/index.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'
import { onKnownServer } from './known-server.js'
import { recordingWaits } from './waits.js'

/** Completes or discards pending publications, and writes the manifest of each day whose files may have changed since. */
export async function publishManifest(
  worker: ActivityDependencies,
  { tenantId, runId }: PublishManifestInput,
): Promise<ManifestResult> {
  const deps = onKnownServer(worker, tenantId)
  const { cancellationSignal } = Context.current()
  const publish = async (): Promise<ManifestResult> => {
    const completed = await completeOrDiscardAll(deps, tenantId, cancellationSignal)
    const paths = await publishManifests(deps, tenantId, cancellationSignal)
    return {
      paths,
      position: await positionOf(deps, tenantId),
      settled: completed.map(({ runId: ofRun, entity, to, rows, bytes, path, revision }) => ({
        ...{ runId: ofRun, entity, to: to.toISOString() },
        ...{ rows, bytes, path, revision },
      })),
    }
  }
  return heartbeating(() => (runId === undefined ? publish() : recordingWaits(deps, { id: runId, tenantId }, publish)))
}

/** The next run of the schedule gets it from Temporal, and finds out with it whether the ledger was restored from a backup. */
async function positionOf(deps: ActivityDependencies, tenantId: string): Promise<RecordedPosition> {
  const { revision, lastChange } = await deps.ledgerGaps.position(tenantId)
  return { installation: await deps.installation.id(), revision, lastChange }
}
