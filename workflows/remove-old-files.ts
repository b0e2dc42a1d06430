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
import { failureOf } from './failure.js'
import { inParallel } from './in-parallel.js'

const {
  findOldFiles,
  removeOldFiles: removeFiles,
  removeOldHistory,
} = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 5 },
})

/** One execution's history holds about so many tenants. */
const tenantsAtOnce = 2_000
/** Others wait for the same connections to the SFTP server. */
const inParallelAtMost = 2

/**
 * Removes all tenants' files that are past their time, and then old audit events and changes of registrations. A tenant that
 * fails does not hold up the others.
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
      failed.push(`${tenantId}: ${failureOf(error).code}`)
    }
  })
  const last = tenants.at(-1)
  if (tenants.length === tenantsAtOnce && last !== undefined) {
    await continueAsNew<typeof removeOldFiles>({ asOf, after: last, total, failed: failed.slice(0, mostNamed) })
  }
  if (patched('old-history')) await removeOldHistory()
  if (failed.length === 0) return total
  const message = `Files of ${failed.length} tenants could not be removed: ${failed.slice(0, mostNamed).join('; ')}`
  throw ApplicationFailure.create({ message, type: 'PARTIALLY_FAILED', nonRetryable: true, details: [total] })
}

const mostNamed = 50
