import { createHash } from 'node:crypto'
import { Context } from '@temporalio/activity'
import type { EntityResult, EntityTask } from '../src/contracts.js'
import type { CsvFile } from '../src/csv/csv-file.js'
import { checksumsOf, type FilePart, type WrittenFile } from '../src/domain/delivery.js'
import { columnsFingerprint, type Entity, findEntity } from '../src/domain/entity.js'
import { asExportError, ExportError } from '../src/domain/errors.js'
import type { Claim, EntityWindow, Published } from '../src/domain/publication.js'
import { entitySteps, type EntityStep, type OnStep, stepOf } from '../src/domain/run-step.js'
import type { Write } from '../src/publication/deliver.js'
import type { HiddenFiles } from '../src/publication/hidden-files.js'
import * as publication from '../src/publication/index.js'
import type { Extraction, Snapshot } from '../src/source/source.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'
import { recordingTransaction } from './metrics.js'
import { beginSpan, describeSpan, inSpan } from '../src/telemetry/tracing.js'
import { ProgressMeter } from './progress-meter.js'
import { progressRecord } from './progress-record.js'

/** How long writing a missing manifest may take after an attempt failed, in milliseconds. */
const manifestMs = 30_000

/**
 * Exports one entity: snapshot, rows, CSV, hidden files, check, final names, delivery and watermark. If it ends early, no
 * partial file has a final name, and the watermark stays where it was.
 */
export function exportEntity(worker: ActivityDependencies, task: EntityTask): Promise<EntityResult> {
  const { info, cancellationSignal } = Context.current()
  const { runId, tenantId, entity } = task
  const window: EntityWindow = { runId, tenantId, entity, to: new Date(task.to) }
  const started = Date.now()
  const meter = new ProgressMeter(entity)
  const record = progressRecord(worker)
  const deps = { ...worker, onStep: measuringSteps(worker.onStep, meter) }
  const work = async (): Promise<EntityResult> => {
    try {
      const held = await publication.claim(deps, window, info.attempt + (task.retry?.attemptsBefore ?? 0))
      if ('published' in held) return result(task, held.published)
      record.begin(held.claim)
      const published = await publication.deliver(
        deps,
        held.claim,
        cancellationSignal,
        writer(deps, cancellationSignal, meter),
      )
      deps.events.entityPublished(window, published, (Date.now() - started) / 1000)
      return result(task, published)
    } catch (error) {
      const failure = asExportError(error)
      await record.discard()
      await bestEffort(deps, window, () => publication.recordFailure(deps, window, failure))
      await bestEffort(deps, window, () => republishManifests(deps, window))
      throw failure
    }
  }
  return heartbeating(work, { details: () => meter.read(Date.now()), onBeat: (progress) => record.write(progress) })
}

/** The progress shows which step the attempt is at. */
function measuringSteps(onStep: OnStep, meter: ProgressMeter): OnStep {
  return (step, subject) => {
    if (step in entitySteps) meter.add({ step: step as EntityStep })
    return onStep(step, subject)
  }
}

/** If the database is down, finishRun records the failure later, and the manifests stay pending. */
async function bestEffort(
  deps: ActivityDependencies,
  window: EntityWindow,
  cleanUp: () => Promise<void>,
): Promise<void> {
  try {
    await cleanUp()
  } catch (error) {
    deps.events.cleanupFailed(window, asExportError(error))
  }
}

/**
 * An attempt that fails after its run has ended is stale, and may have withdrawn a manifest that was written since. The
 * tenant's next run would write it again, but that may be a month away.
 */
async function republishManifests(deps: ActivityDependencies, { tenantId, runId }: EntityWindow): Promise<void> {
  const run = await deps.runs.find(tenantId, runId)
  if (!run?.finishedAt || (await deps.runs.unfinished(tenantId)).length > 0) return
  await publication.publishManifests(deps, tenantId, AbortSignal.timeout(manifestMs))
}

/** Reads the rows of a window in one snapshot and writes them as CSV. */
function writer(deps: ActivityDependencies, signal: AbortSignal, meter: ProgressMeter): Write {
  return async (claim, hidden) => {
    const entity = entityOf(deps, claim)
    await deps.onStep('read', stepOf(claim))
    return readSource(deps, extraction(entity, claim), signal, async (snapshot) => {
      await deps.onStep('upload', stepOf(claim))
      const { format } = claim
      const irregular = new Set<string>()
      const onIrregular = (column: string) => void irregular.add(column)
      const files = deps.csvFiles(entity.columns, snapshot.blocks, { lineEnd: deps.lineEnd, format, onIrregular })
      const parts = await uploadAll(files, hidden, (done) => meter.add(done))
      const isSplit = format.maxPartMegabytes !== null
      const sourceRows = snapshot.sourceRows()
      const file = { ...sumOf(parts, isSplit), format, parts: isSplit ? parts : null, sourceRows }
      requireAllRows(claim, file)
      requireRegular(claim, entity, irregular)
      return {
        ...file,
        columns: columnsFingerprint(entity),
        irregular: [...irregular],
        sourceTypes: snapshot.types,
        ...origin(claim, snapshot),
      }
    })
  }
}

/** Records how long the read held its transaction. */
function readSource<T>(
  deps: ActivityDependencies,
  what: Extraction,
  signal: AbortSignal,
  use: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  return recordingTransaction(deps.metrics, what.entity.name, () => deps.source.read(what, signal, use))
}

/** Uploads the files one after the other. */
async function uploadAll(
  files: AsyncIterable<CsvFile>,
  hidden: HiddenFiles,
  onProgress: (done: { rows: number; bytes: number }) => void,
): Promise<FilePart[]> {
  const parts: FilePart[] = []
  for await (const file of files) {
    const before = total(parts)
    const path = await inSpan('sftp upload', {}, async () => {
      const uploaded = await hidden.upload(inCsvSpan(file), (bytes) =>
        onProgress({ rows: before.rows + file.totals().rows, bytes: before.bytes + bytes }),
      )
      describeSpan(file.totals())
      return uploaded
    })
    parts.push({ path, ...file.totals(), sha256: file.sha256() })
  }
  return parts
}

/** The chunks of a file. Its span ends with the last row; the upload goes on for a moment. */
async function* inCsvSpan({ chunks }: CsvFile): AsyncGenerator<Buffer, void, undefined> {
  const span = beginSpan('csv', {})
  try {
    yield* chunks
  } finally {
    span.end()
  }
}

function total(parts: readonly FilePart[]): { rows: number; bytes: number } {
  return parts.reduce((sum, part) => ({ rows: sum.rows + part.rows, bytes: sum.bytes + part.bytes }), {
    rows: 0,
    bytes: 0,
  })
}

/** All file parts as one file: see WrittenFile. */
function sumOf(parts: readonly FilePart[], isSplit: boolean): FilePart {
  const [first] = parts
  if (!first) throw new Error('a delivery has no file')
  if (!isSplit) return first
  return { path: first.path, ...total(parts), sha256: createHash('sha256').update(checksumsOf(parts)).digest('hex') }
}

/** Which source the rows come from. A redelivery keeps the snapshot of the window's first file. */
function origin(
  { redelivers }: Claim,
  { snapshot, systemIdentifier, timeline }: Snapshot,
): Pick<Snapshot, 'snapshot' | 'systemIdentifier' | 'timeline'> {
  return { snapshot: redelivers?.snapshot ?? snapshot, systemIdentifier, timeline }
}

/** Compares the number of written rows with the number that Postgres reports. */
function requireAllRows(
  { entity, runId }: Claim,
  { rows, sourceRows }: Pick<WrittenFile, 'rows' | 'sourceRows'>,
): void {
  if (rows === sourceRows) return
  throw new ExportError(
    'SOURCE_ROWS_MISMATCH',
    `The file of ${entity} in run ${runId} has ${rows} rows, but the source counts ${sourceRows}.`,
  )
}

/** The catalog may refuse values of a column that its type does not have. */
function requireRegular({ tenantId, runId }: Claim, entity: Entity, irregular: ReadonlySet<string>): void {
  const refused = entity.columns.filter(({ name, irregular: rule }) => rule === 'refuse' && irregular.has(name))
  if (refused.length === 0) return
  throw new ExportError(
    'SOURCE_VALUE_INVALID',
    `Rows of ${tenantId} in ${entity.table.schema}.${entity.table.name} have values (infinity, a year before 1 or after 9999, ` +
      `NaN or 24:00) that a file of run ${runId} can't have in ${refused.map(({ name }) => name).join(', ')}. Correct the rows, or ` +
      'let the catalog say "irregular": "keep" or "null".',
  )
}

function entityOf(deps: ActivityDependencies, { entity: name }: Claim): Entity {
  const entity = findEntity(deps.catalog, name)
  if (entity) return entity
  throw new ExportError('SOURCE_SCHEMA_MISMATCH', `${name} is no longer in the catalog of this worker`)
}

function extraction(entity: Entity, { tenantId, to, load, source, redelivers }: Claim): Extraction {
  const isFirst = load.mode === 'FULL' && load.reason === 'FIRST' && !redelivers
  const common = { entity, tenantId, to, isFirst, ...source, ...(redelivers && { visibleIn: redelivers.snapshot }) }
  return load.mode === 'FULL'
    ? { ...common, mode: 'full' }
    : { ...common, mode: 'delta', from: load.from, snapshot: load.fromSnapshot }
}

function result(task: EntityTask, { rows, bytes, path, revision }: Published): EntityResult {
  const { entity, displayName, to, mode } = task
  return { entity, displayName, to, mode, status: 'PUBLISHED', rows, bytes, path, revision, error: null }
}
