import { filesExpiring } from '../src/domain/events/file-events.js'
import type { ExpiringFilesInput } from '../src/contracts.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'

const tenantsAtOnce = 500

/** Keeps an event for each day of files that will be removed soon. A day that was announced before is not announced again. */
export function announceExpiringFiles(deps: ActivityDependencies, { asOf }: ExpiringFilesInput): Promise<number> {
  const times = { defaultDays: deps.retentionDays, noticeDays: deps.expiryNoticeDays }
  const now = new Date(Math.min(Date.parse(asOf), Date.now()))
  return heartbeating(async () => {
    let days = 0
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = { take: tenantsAtOnce, after }
      const tenants: string[] = await deps.retention.tenantsWithExpiringFiles(now, times, page)
      for (const tenantId of tenants) {
        const expiring = await deps.retention.expiringDays(tenantId, now, times)
        const kept = await deps.transact(tenantId, ({ events }) => events.keep(...expiring.map(filesExpiring)))
        days += kept.length
      }
      after = tenants.length === tenantsAtOnce ? tenants.at(-1) : undefined
    }
    return days
  })
}
