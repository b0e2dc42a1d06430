import { Context } from '@temporalio/activity'
import type { OldFilesInput, OldFilesResult, OldFilesTask } from '../src/contracts.js'
import { commandActor } from '../src/domain/actor.js'
import { auditEntry } from '../src/domain/audit.js'
import { dayFolder, foldersOf, isoDay, manifestPath } from '../src/domain/delivery-path.js'
import { ExportError } from '../src/domain/errors.js'
import { compareWithServer, publishIndex } from '../src/publication/index.js'
import type { SftpSession } from '../src/sftp/sftp.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'
import { onKnownServer } from './known-server.js'

/** Tenants with files that are past their retention time, in order. */
export function findOldFiles(deps: ActivityDependencies, { asOf, after, take }: OldFilesInput): Promise<string[]> {
  return deps.retention.tenantsWithOldFiles(notLaterThanNow(asOf), deps.retentionDays, { after, take })
}

/** Removes the files of a tenant's days that are past their retention time, a whole day at a time. The ledger stays. */
export function removeOldFilesOf(
  worker: ActivityDependencies,
  { tenantId, asOf }: OldFilesTask,
): Promise<OldFilesResult> {
  const deps = onKnownServer(worker, tenantId)
  return heartbeating(async () => {
    await compareWithServer(deps, tenantId, Context.current().cancellationSignal)
    const result = { days: 0, files: 0, bytes: 0, left: 0 }
    for (const day of await deps.retention.oldDays(tenantId, notLaterThanNow(asOf), deps.retentionDays)) {
      const removed = await removeDay(deps, tenantId, day)
      if (removed) {
        result.days += 1
        result.files += removed.files
        result.bytes += removed.bytes
      } else result.left += 1
    }
    if (result.days > 0) deps.events.oldFilesRemoved(tenantId, result)
    await publishIndex(deps, tenantId, Context.current().cancellationSignal)
    return result
  })
}

/** Shorter than a transaction may take, since the day is locked meanwhile. The next attempt removes the rest. */
const removalMs = 30_000

/** Returns undefined if a run is about to publish to the day. It connects first, since waiting for a connection must not lock the day. */
async function removeDay(deps: ActivityDependencies, tenantId: string, day: Date) {
  const late = new AbortController()
  const signal = AbortSignal.any([Context.current().cancellationSignal, late.signal])
  try {
    return await deps.sftp.session(signal, (session) =>
      deps.transact(tenantId, async ({ files, audit }) => {
        if (!(await files.lockDay(day))) return undefined
        const removed = await removeFilesInTime(session, tenantId, day, late)
        await files.recordRemoval(day)
        const details = { target: isoDay(day), after: removed }
        await audit.keep(auditEntry(commandActor(tenantId), 'FILES_REMOVED', details))
        return removed
      }),
    )
  } catch (error) {
    if (!late.signal.aborted) throw error
    const message = `Removing the files of ${isoDay(day)} of ${tenantId} took longer than ${removalMs / 1000} s.`
    throw new ExportError('SFTP_UNAVAILABLE', message, { cause: error })
  }
}

async function removeFilesInTime(session: SftpSession, tenantId: string, day: Date, late: AbortController) {
  const timer = setTimeout(() => late.abort(), removalMs)
  try {
    return await removeFiles(session, tenantId, day)
  } finally {
    clearTimeout(timer)
  }
}

/** It removes the manifest first, since a manifest never names a missing file. */
async function removeFiles(session: SftpSession, tenantId: string, day: Date) {
  const hasManifest = await session.remove(manifestPath(tenantId, day))
  const { files, bytes } = await session.removeAllIn(dayFolder(tenantId, day))
  for (const folder of foldersOf(tenantId, day)) await session.removeIfEmpty(folder)
  return { files: files + (hasManifest ? 1 : 0), bytes }
}

/** A caller that can start workflows must not be able to remove files before their time. */
function notLaterThanNow(asOf: string): Date {
  return new Date(Math.min(Date.parse(asOf), Date.now()))
}
