import { Context } from '@temporalio/activity'
import type { EntityResult, EntityTask } from '../src/contracts.js'
import type { CsvFile } from '../src/csv/csv-file.js'
import type { FilePart } from '../src/domain/delivery.js'
import { asExportError } from '../src/domain/errors.js'
import type { EntityWindow } from '../src/domain/publication.js'
import { entitySteps, type EntityStep, type OnStep } from '../src/domain/run-step.js'
import type { Write } from '../src/publication/deliver.js'
import type { HiddenFiles } from '../src/publication/hidden-files.js'
import * as publication from '../src/publication/index.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'
import { beginSpan, describeSpan, inSpan } from '../src/telemetry/tracing.js'
import { onKnownServer } from './known-server.js'
import { ProgressMeter } from './progress-meter.js'
import { progressRecord } from './progress-record.js'
import { bestEffort, republishManifests } from './after-failure.js'
import { filePartOf, published, total, writeWindow } from './write-window.js'

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
  const deps = { ...onKnownServer(worker, tenantId), onStep: measuringSteps(worker.onStep, meter) }
  const work = async (): Promise<EntityResult> => {
    try {
      const held = await publication.claim(deps, window, info.attempt + (task.retry?.attemptsBefore ?? 0))
      if ('published' in held) return published(task, held.published)
      record.begin(held.claim)
      const delivered = await publication.deliver(
        deps,
        held.claim,
        cancellationSignal,
        writer(deps, cancellationSignal, meter),
      )
      deps.events.entityPublished(window, delivered, (Date.now() - started) / 1000)
      return published(task, delivered)
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

/** Reads the rows of a window and uploads them as they come. */
function writer(deps: ActivityDependencies, signal: AbortSignal, meter: ProgressMeter): Write {
  return ({ claim, files: hidden }) =>
    writeWindow(deps, claim, signal, (files) => uploadAll(files, hidden, (done) => meter.add(done)))
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
    parts.push(filePartOf(path, file))
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
