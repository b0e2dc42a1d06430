import { proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import type { EntityResult, ManifestResult } from '../src/contracts.js'
import { longestActivityMinutes, minutesFromNow } from './minutes.js'
import type { RunIdentity } from './run-identity.js'

const attempts = 10

/**
 * Writes the manifests of the days that the run has changed. After failures that heal, attempts go on for `retryMinutes` if
 * the run has published a file: without its manifest, loaders do not see it.
 */
export function publishManifestOf(
  { tenantId, runId }: RunIdentity,
  entities: readonly EntityResult[],
  retryMinutes: number,
): Promise<ManifestResult> {
  const minutes = entities.some(({ status }) => status === 'PUBLISHED') ? retryMinutes : 0
  const { publishManifest } = proxyActivities<Activities>({
    startToCloseTimeout: '2 hours',
    scheduleToCloseTimeout: `${minutes + longestActivityMinutes} minutes`,
    heartbeatTimeout: '10 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      ...(minutes > 0 ? { maximumInterval: '5 minutes' } : { maximumInterval: '1 minute', maximumAttempts: attempts }),
    },
  })
  return publishManifest({ tenantId, runId, retry: { attempts, until: minutesFromNow(minutes), attemptsBefore: 0 } })
}
