import { createHash } from 'node:crypto'
import { Context } from '@temporalio/activity'
import type { EntityResult, EntityTask } from '../src/contracts.js'
import type { CsvFile } from '../src/csv/csv-file.js'
import type { Claim, EntityOfRun, FinishedFile, Published } from '../src/database/delivery-store.js'
import { deliveryPath } from '../src/domain/delivery-path.js'
import { hiddenPath } from '../src/domain/hidden-name.js'
import { columnsFingerprint, type Entity, findEntity } from '../src/domain/entity.js'
import { asExportError, ExportError } from '../src/domain/errors.js'
import { checksumsOf, type DeliveredPart } from '../src/domain/file-format.js'
import type { SftpSession } from '../src/sftp/sftp.js'
import type { Extraction, Snapshot } from '../src/source/source.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating, type Progress } from './heartbeat.js'
import { recordingTransaction } from './metrics.js'
import { publish, settle } from './publication.js'
import { publishPending } from './publish-manifest.js'
import { removeIfPermitted } from './refusal.js'
import { step } from './step.js'

/** Removing what a failed attempt left has so long: a worker that shuts down waits for it. */
const removeMs = 2000

/** Writing a manifest that is missing may take so long. */
const mendMs = 30_000

/**
 * Exports one entity: snapshot, rows, CSV, hidden file or files, check, final name, delivery and watermark. Whatever ends it
 * early, nothing partial has the final name and the watermark stands where it stood.
 */
export function exportEntity(deps: ActivityDependencies, task: EntityTask): Promise<EntityResult> {
  const { info } = Context.current()
  const part: EntityOfRun = { ...task, to: new Date(task.to) }
  const started = Date.now()
  return heartbeating(async (progress) => {
    try {
      await deps.onStep('claim', task)
      const held = await deps.deliveries.claim(part, info.attempt, deps.hiddenName)
      if ('published' in held) return result(task, held.published)
      const published = await deliver(deps, held.claim, progress)
      deps.events.entityPublished(part, published, (Date.now() - started) / 1000)
      return result(task, published)
    } catch (error) {
      const failure = asExportError(error)
      deps.events.entityAttemptFailed(part, info.attempt, failure)
      await bestEffort(deps, part, () => deps.deliveries.noteFailure(part, failure))
      await bestEffort(deps, part, () => mendManifests(deps, part))
      throw failure
    }
  })
}

/** Where the database is what failed, the workflow tells finishRun the same, and the manifests stay due. */
async function bestEffort(deps: ActivityDependencies, part: EntityOfRun, tidy: () => Promise<void>): Promise<void> {
  try {
    await tidy()
  } catch (error) {
    deps.events.entityAttemptFailed(part, 0, asExportError(error))
  }
}

/**
 * Whoever fails after its run has ended was left behind, and may have withdrawn a manifest that was written since. The
 * tenant's next run would write it again; but that may be a month away.
 */
async function mendManifests(deps: ActivityDependencies, { tenantId, runId }: EntityOfRun): Promise<void> {
  const run = await deps.runs.find(tenantId, runId)
  if (!run?.finishedAt || (await deps.runs.unfinished(tenantId)).length > 0) return
  await publishPending(deps, tenantId, AbortSignal.timeout(mendMs))
}

async function deliver(deps: ActivityDependencies, claim: Claim, progress: Progress): Promise<Published> {
  const signal = Context.current().cancellationSignal
  await step(deps, claim, 'connect')
  return deps.sftp.session(signal, async (session) => {
    const settled = claim.intent && (await settle(deps, session, claim.intent))
    if (settled) return settled
    await step(deps, claim, 'tidy')
    const tidied = { ...claim, leftovers: await removeLeftovers(deps, session, claim) }
    const file = await hiddenFile(deps, session, tidied, progress)
    return publish(deps, session, tidied, file)
  })
}

/** Gives those that are gone; one that may not be removed stays on record. */
async function removeLeftovers(deps: ActivityDependencies, session: SftpSession, claim: Claim): Promise<string[]> {
  const gone: string[] = []
  for (const leftover of claim.leftovers) {
    if (await removeIfPermitted(deps, session, claim, leftover)) gone.push(leftover)
  }
  return gone
}

/** Writes the hidden files; where that fails, none is left. */
async function hiddenFile(
  deps: ActivityDependencies,
  session: SftpSession,
  claim: Claim,
  progress: Progress,
): Promise<FinishedFile> {
  const signal = Context.current().cancellationSignal
  const noted = notedParts(deps, claim)
  try {
    await noted.next()
    const file = await upload(deps, session, claim, noted, progress)
    signal.throwIfAborted()
    return file
  } catch (error) {
    await removeHidden(deps, claim, noted.hidden)
    throw error
  }
}

interface NotedParts {
  /** The hidden names, those of parts that are still being written too. */
  readonly hidden: readonly string[]
  readonly paths: readonly string[]
  /** Notes the hidden name of one more part, before anything lies there. */
  next(): Promise<void>
}

function notedParts(deps: ActivityDependencies, claim: Claim): NotedParts {
  const { tenantId, entity, to, format } = claim
  const paths: string[] = []
  const hidden: string[] = []
  return {
    hidden,
    paths,
    next: async () => {
      const path = deliveryPath(tenantId, entity, to, format, paths.length + 1)
      const name = hiddenPath(path, claim.id, deps.hiddenName)
      // Leftovers are forgotten once: what lies there by now may be of somebody else.
      const held = paths.length === 0 ? claim : { ...claim, leftovers: [] }
      if (!claim.noted.includes(name)) await deps.deliveries.noteParts(held, [...hidden, name])
      paths.push(path)
      hidden.push(name)
    },
  }
}

async function upload(
  deps: ActivityDependencies,
  session: SftpSession,
  claim: Claim,
  noted: NotedParts,
  progress: Progress,
): Promise<FinishedFile> {
  const entity = entityOf(deps, claim)
  const signal = Context.current().cancellationSignal
  await step(deps, claim, 'read')
  return readSource(deps, extraction(entity, claim), signal, async (snapshot) => {
    await step(deps, claim, 'upload')
    const { format } = claim
    const files = deps.csvFiles(entity.columns, snapshot.blocks, { lineEnd: deps.lineEnd, format })
    const parts = await uploadAll(session, files, noted, (done) => progress({ entity: claim.entity, ...done }))
    const isSplit = format.maxPartMegabytes !== null
    const sum = sumOf(parts, isSplit)
    const sourceRows = snapshot.sourceRows()
    requireAllRows(claim, sum.rows, sourceRows)
    return {
      ...sum,
      hidden: noted.hidden,
      format,
      parts: isSplit ? parts : null,
      sourceRows,
      columns: columnsFingerprint(entity),
      ...origin(claim, snapshot),
    }
  })
}

/** Records how long the read held its transaction. */
function readSource<T>(
  deps: ActivityDependencies,
  what: Extraction,
  signal: AbortSignal,
  use: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  return recordingTransaction(what.entity.name, () => deps.source.read(what, signal, use))
}

/** Uploads the files one after the other; the first one's name is noted already. */
async function uploadAll(
  session: SftpSession,
  files: AsyncIterable<CsvFile>,
  noted: NotedParts,
  onProgress: (done: { rows: number; bytes: number }) => void,
): Promise<DeliveredPart[]> {
  const parts: DeliveredPart[] = []
  for await (const file of files) {
    if (parts.length === noted.paths.length) await noted.next()
    const [path, hidden] = [noted.paths[parts.length], noted.hidden[parts.length]]
    if (path === undefined || hidden === undefined) throw new Error('a part has no name')
    const before = total(parts)
    await session.upload(hidden, file.chunks, (bytes) =>
      onProgress({ rows: before.rows + file.totals().rows, bytes: before.bytes + bytes }),
    )
    parts.push({ path, ...file.totals(), sha256: file.sha256() })
  }
  return parts
}

function total(parts: readonly DeliveredPart[]): { rows: number; bytes: number } {
  return parts.reduce((sum, part) => ({ rows: sum.rows + part.rows, bytes: sum.bytes + part.bytes }), {
    rows: 0,
    bytes: 0,
  })
}

/** What a delivery says of all its files: see DeliveredFile. */
function sumOf(parts: readonly DeliveredPart[], isSplit: boolean): DeliveredPart {
  const [first] = parts
  if (!first) throw new Error('a delivery has no file')
  if (!isSplit) return first
  return { path: first.path, ...total(parts), sha256: createHash('sha256').update(checksumsOf(parts)).digest('hex') }
}

/** Where the file's rows come from. A past window that is written again still leads up to the snapshot of the first. */
function origin(
  { redelivers }: Claim,
  { snapshot, systemIdentifier, timeline }: Snapshot,
): Pick<FinishedFile, 'snapshot' | 'systemIdentifier' | 'timeline'> {
  return { snapshot: redelivers?.snapshot ?? snapshot, systemIdentifier, timeline }
}

/** Reconciliation: the source's own count against the rows that were written. */
function requireAllRows({ entity, runId }: Claim, rows: number, sourceRows: number): void {
  if (rows === sourceRows) return
  throw new ExportError(
    'SOURCE_ROWS_MISMATCH',
    `The file of ${entity} in run ${runId} has ${rows} rows, but the source counts ${sourceRows}.`,
  )
}

function entityOf(deps: ActivityDependencies, { entity: name }: Claim): Entity {
  const entity = findEntity(deps.catalog, name)
  if (entity) return entity
  throw new ExportError('SOURCE_SCHEMA_MISMATCH', `${name} is no longer in the catalog of this worker`)
}

function extraction(entity: Entity, { tenantId, to, extent, base, redelivers }: Claim): Extraction {
  const isFirst = extent.mode === 'FULL' && extent.reason === 'FIRST' && !redelivers
  const common = { entity, tenantId, to, isFirst, ...base, ...(redelivers && { visibleIn: redelivers.snapshot }) }
  return extent.mode === 'FULL'
    ? { ...common, mode: 'full' }
    : { ...common, mode: 'delta', from: extent.from, snapshot: extent.baseSnapshot }
}

/** Over a session of its own, since the one that failed may be dead. What stays is noted, and goes with the next claim. */
async function removeHidden(deps: ActivityDependencies, claim: Claim, hidden: readonly string[]): Promise<void> {
  const left = [...hidden]
  try {
    await deps.sftp.session(AbortSignal.timeout(removeMs), async (session) => {
      for (const path of hidden) {
        await session.remove(path)
        left.shift()
      }
    })
    await deps.deliveries.noteParts({ ...claim, leftovers: [] }, [])
  } catch (error) {
    deps.events.partLeftBehind(claim, left[0] ?? '', asExportError(error))
  }
}

function result(task: EntityTask, { rows, bytes, path, revision }: Published): EntityResult {
  const { entity, displayName, to, mode } = task
  return { entity, displayName, to, mode, status: 'PUBLISHED', rows, bytes, path, revision, error: null }
}
