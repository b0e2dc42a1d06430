import {
  ApplicationFailure,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import type { OldFilesResult, RetentionInput } from '../src/contracts.js'
import { runErrorOf } from './run-error.js'
import { inParallel } from '../src/domain/in-parallel.js'

const {
  findOldFiles,
  removeOldFiles: removeFiles,
  removeOldHistory,
  announceExpiringFiles,
} = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 5 },
})

/** At most this many tenants for one execution, so that its history stays small. */
const tenantsAtOnce = 2_000
/** So few that exports keep most connections to the SFTP server. */
const inParallelAtMost = 2

/**
 * Removes the files of all tenants that are past their retention time, then old audit events, changes of registrations and events,
 * and announces the next removals. If the files of one tenant can't be removed, those of the others are removed all the same.
 */
export async function removeOldFiles(input: RetentionInput = {}): Promise<Omit<OldFilesResult, 'left'>> {
  const { asOf = workflowInfo().startTime.toISOString(), after = '' } = input
  const total = { days: 0, files: 0, bytes: 0, ...input.total }
  const failed = [...(input.failed ?? [])]
  const tenants = await findOldFiles({ asOf, after, take: tenantsAtOnce })
  await inParallel(tenants, inParallelAtMost, async (tenantId) => {
    try {
      const { days, files, bytes } = await removeFiles({ tenantId, asOf })
      total.days += days
      total.files += files
      total.bytes += bytes
    } catch (error) {
      if (isCancellation(error)) throw error
      failed.push(`${tenantId}: ${runErrorOf(error).code}`)
    }
  })
  const last = tenants.at(-1)
  if (tenants.length === tenantsAtOnce && last !== undefined) {
    await continueAsNew<typeof removeOldFiles>({ asOf, after: last, total, failed: failed.slice(0, mostNamed) })
  }
  if (patched('old-history')) await removeOldHistory()
  if (patched('expiring-files')) await announceExpiringFiles({ asOf })
  if (failed.length === 0) return total
  const message = `Files of ${failed.length} tenants could not be removed: ${failed.slice(0, mostNamed).join('; ')}`
  throw ApplicationFailure.create({ message, type: 'PARTIALLY_FAILED', nonRetryable: true, details: [total] })
}

const mostNamed = 50
