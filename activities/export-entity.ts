import { Context } from '@temporalio/activity'
import type { EntityResult, EntityTask } from '../src/contracts.js'
import type { Claim, FinishedFile, Published } from '../src/database/delivery-store.js'
import { deliveryPath, partPath } from '../src/domain/delivery-path.js'
import { columnsFingerprint, type Entity, findEntity } from '../src/domain/entity.js'
import { asExportError, ExportError } from '../src/domain/errors.js'
import type { Extent } from '../src/domain/window.js'
import type { SftpSession } from '../src/sftp/sftp.js'
import type { Extraction } from '../src/source/source.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating, type Progress } from './heartbeat.js'

/** Removing what a failed attempt left has so long: a worker that shuts down waits for it. */
const removeMs = 2000

/**
 * Exports one entity: snapshot, rows, CSV, hidden file, check, final name, delivery and watermark. Whatever ends it
 * early, nothing partial has the final name and the watermark stands where it stood.
 */
export function exportEntity(deps: ActivityDependencies, task: EntityTask): Promise<EntityResult> {
  const { cancellationSignal, info } = Context.current()
  const started = Date.now()
  return heartbeating(async (progress) => {
    try {
      const held = await deps.deliveries.claim(task, info.attempt)
      if ('published' in held) return result(task, held.published)
      const published = await deliver(deps, task, held.claim, progress, cancellationSignal)
      deps.events.entityPublished(task, published, (Date.now() - started) / 1000)
      return result(task, published)
    } catch (error) {
      const failure = asExportError(error)
      deps.events.entityAttemptFailed(task, info.attempt, failure)
      await noteFailure(deps, task, failure)
      throw failure
    }
  })
}

/** Best effort: where the database is what failed, the workflow tells finishRun the same. */
async function noteFailure(deps: ActivityDependencies, task: EntityTask, failure: ExportError): Promise<void> {
  try {
    await deps.deliveries.noteFailure(task, failure)
  } catch (error) {
    deps.events.entityAttemptFailed(task, 0, asExportError(error))
  }
}

async function deliver(
  deps: ActivityDependencies,
  task: EntityTask,
  claim: Claim,
  progress: Progress,
  signal: AbortSignal,
): Promise<Published> {
  const path = deliveryPath(task.tenantId, task.entity, new Date(task.to))
  const part = partPath(path, claim.id)
  try {
    return await deps.sftp.session(signal, async (session) => {
      for (const leftover of claim.leftovers) await session.remove(leftover)
      await deps.deliveries.noteParts(claim, part)
      const file = await upload(deps, session, task, claim.extent, { path, part }, progress, signal)
      signal.throwIfAborted()
      const manifest = await deps.manifests.announceChange(task.tenantId, new Date(task.to))
      return await deps.deliveries.publish(claim, file, () => putInPlace(session, { manifest, part, path }))
    })
  } catch (error) {
    await removePart(deps, claim, part)
    throw error
  }
}

async function upload(
  deps: ActivityDependencies,
  session: SftpSession,
  task: EntityTask,
  extent: Extent,
  { path, part }: { path: string; part: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<FinishedFile> {
  const entity = entityOf(deps, task)
  const to = new Date(task.to)
  await requireTable(deps, entity)
  return deps.source.read(extraction(entity, task.tenantId, to, extent), signal, async (snapshot) => {
    const csv = deps.csvFile(entity.columns, snapshot.batches, { lineEnd: deps.lineEnd })
    await session.upload(part, csv.chunks, (bytes) => progress({ entity: task.entity, rows: csv.totals().rows, bytes }))
    return {
      path,
      to,
      ...csv.totals(),
      sha256: csv.sha256(),
      snapshot: snapshot.snapshot,
      systemIdentifier: snapshot.systemIdentifier,
      columns: columnsFingerprint(entity),
    }
  })
}

function entityOf(deps: ActivityDependencies, task: EntityTask): Entity {
  const entity = findEntity(deps.catalog, task.entity)
  if (entity) return entity
  throw new ExportError('SOURCE_SCHEMA_MISMATCH', `${task.entity} is no longer in the catalog of this worker`)
}

/** A table that is not what the catalog says would give a file that is not what the manifest says. */
async function requireTable(deps: ActivityDependencies, entity: Entity): Promise<void> {
  const problems = await deps.source.problems(entity)
  if (problems.length > 0) throw new ExportError('SOURCE_SCHEMA_MISMATCH', problems.join('; '))
}

function extraction(entity: Entity, tenantId: string, to: Date, extent: Extent): Extraction {
  return extent.mode === 'FULL'
    ? { entity, tenantId, to, mode: 'full' }
    : { entity, tenantId, to, mode: 'delta', from: extent.from, snapshot: extent.baseSnapshot }
}

/**
 * A manifest must never name a file by a checksum that it no longer has: before a file of the day is replaced, the
 * manifest goes, which has been announced. Only the holder of the claim does it: whoever was superseded, but does not
 * know yet, would withdraw the manifest that its successor has written.
 */
async function putInPlace(
  session: SftpSession,
  { manifest, part, path }: { manifest: string | undefined; part: string; path: string },
): Promise<void> {
  if (manifest !== undefined) await session.remove(manifest)
  await session.replace(part, path)
}

/** Over a session of its own, since the one that failed may be dead. What stays is noted, and goes with the next claim. */
async function removePart(deps: ActivityDependencies, claim: Claim, part: string): Promise<void> {
  try {
    await deps.sftp.session(AbortSignal.timeout(removeMs), (session) => session.remove(part))
    await deps.deliveries.noteParts({ ...claim, leftovers: [] }, null)
  } catch (error) {
    deps.events.partLeftBehind(claim, part, asExportError(error))
  }
}

function result(task: EntityTask, { rows, bytes, path, revision }: Published): EntityResult {
  const { entity, displayName, mode } = task
  return { entity, displayName, mode, status: 'PUBLISHED', rows, bytes, path, revision, error: null }
}
