import { Context } from '@temporalio/activity'
import type { OldFilesInput, OldFilesResult, OldFilesTask } from '../src/contracts.js'
import { commandActor } from '../src/domain/actor.js'
import { dayFolder, foldersOf, isoDay } from '../src/domain/delivery-path.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'

/** Tenants with files that are past their time, in order. */
export function findOldFiles(deps: ActivityDependencies, { asOf, after, take }: OldFilesInput): Promise<string[]> {
  return deps.retention.tenantsWithOldFiles(new Date(asOf), deps.retentionDays, { after, take })
}

/** Removes the files of a tenant's days that are past their time, whole days each, and keeps the ledger. */
export function removeOldFiles(deps: ActivityDependencies, { tenantId, asOf }: OldFilesTask): Promise<OldFilesResult> {
  return heartbeating(async () => {
    const result = { days: 0, files: 0, bytes: 0, left: 0 }
    const days = await deps.retention.oldDays(tenantId, new Date(asOf), deps.retentionDays)
    for (const day of days) {
      const removed = await deps.retention.removeDay(tenantId, day, () =>
        deps.sftp.session(Context.current().cancellationSignal, async (session) => {
          const gone = await session.removeAllIn(dayFolder(tenantId, day))
          for (const folder of foldersOf(tenantId, day)) await session.removeIfEmpty(folder)
          result.files += gone.files
          result.bytes += gone.bytes
        }),
      )
      if (removed) result.days += 1
      else result.left += 1
    }
    if (result.days > 0) {
      const range = { from: isoDay(days[0] ?? new Date(asOf)), through: isoDay(days.at(-1) ?? new Date(asOf)) }
      await deps.retention.keepFilesRemoved(commandActor(tenantId), { ...result, ...range })
      deps.events.oldFilesRemoved(tenantId, result)
    }
    return result
  })
}
