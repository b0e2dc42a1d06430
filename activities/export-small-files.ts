import { Context } from '@temporalio/activity'
import type { EntityTask, SmallFilesResult, SmallFilesTask } from '../src/contracts.js'
import type { CsvFile } from '../src/csv/csv-file.js'
import type { FilePart, WrittenFile } from '../src/domain/delivery.js'
import { asExportError, exportErrors } from '../src/domain/errors.js'
import { inParallel } from '../src/domain/in-parallel.js'
import type { Claim, EntityWindow, Published } from '../src/domain/publication.js'
import type { HeldClaim, WriteAll } from '../src/publication/deliver.js'
import * as publication from '../src/publication/index.js'
import { bestEffort, republishManifests } from './after-failure.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'
import { published, writeWindow } from './write-window.js'

/** A file with more bytes than this is not small, and is left to an activity of its own. */
const mostFileBytes = 256 * 1024

/** The most bytes that one activity holds, of all files together. */
const mostBytes = 4 * 1024 * 1024

/**
 * Exports the small files of several entities together: one session, one intent, one record. What does not fit, or can't be
 * published together, is left to {@link exportEntity}. It finds each window in a state that it can act on.
 */
export function exportSmallFiles(deps: ActivityDependencies, { tasks }: SmallFilesTask): Promise<SmallFilesResult> {
  const { cancellationSignal } = Context.current()
  return heartbeating(async () => {
    const batch = new Batch(tasks)
    try {
      await exportTogether(deps, batch, cancellationSignal)
    } catch (error) {
      const left = batch.left().map(windowOf)
      deps.events.smallFilesLeft(left, asExportError(error))
      const [first] = left
      if (first) await bestEffort(deps, first, () => republishManifests(deps, first))
      cancellationSignal.throwIfAborted()
    }
    return { published: batch.results }
  })
}

/** The tasks of one activity, and the results so far. */
class Batch {
  readonly results: SmallFilesResult['published'][number][] = []
  readonly #began = Date.now()

  constructor(readonly tasks: readonly EntityTask[]) {}

  add({ entity }: Pick<EntityTask, 'entity'>, delivered: Published): void {
    const task = this.tasks.find((each) => each.entity === entity)
    if (task) this.results.push(published(task, delivered))
  }

  left(): EntityTask[] {
    return this.tasks.filter(({ entity }) => !this.results.some((result) => result.entity === entity))
  }

  /** The time of one file, in seconds. */
  get secondsPerFile(): number {
    return (Date.now() - this.#began) / 1000 / Math.max(1, this.results.length)
  }
}

async function exportTogether(deps: ActivityDependencies, batch: Batch, signal: AbortSignal): Promise<void> {
  const windows = batch.tasks.map(windowOf)
  const claimed = await publication.claimAll(deps, windows, Context.current().info.attempt)
  const claims: Claim[] = []
  claimed.forEach((each, index) => {
    if ('claim' in each) claims.push(each.claim)
    else if (windows[index]) batch.add(windows[index], each.published)
  })
  // The intent of an earlier attempt is completed or discarded by an attempt of its own.
  const fresh = claims.filter(({ intent }) => intent === null)
  if (fresh.length === 0) return
  const delivered = await publication.deliverAll(deps, fresh, signal, smallFilesWriter(deps, signal))
  for (const { claim, published: file } of delivered) batch.add(claim, file)
  for (const { claim, published: file } of delivered) deps.events.entityPublished(claim, file, batch.secondsPerFile)
}

function windowOf({ runId, tenantId, entity, to }: EntityTask): EntityWindow {
  return { runId, tenantId, entity, to: new Date(to) }
}

/** A file in memory. */
interface SmallFile {
  readonly held: HeldClaim
  readonly file: WrittenFile
  readonly chunks: readonly Buffer[]
}

/** Reads all files, then uploads them at once: so no transaction of the source waits for the SFTP server. */
function smallFilesWriter(deps: ActivityDependencies, signal: AbortSignal): WriteAll {
  return async (session, held) => {
    const files = await readSmallFiles(deps, held, signal)
    await session.makeFoldersFor(files.flatMap(({ held: { files: hidden } }) => hidden.paths))
    const uploads = files.map(({ held: { files: hidden }, chunks }) => hidden.upload(each(chunks), () => {}))
    for (const end of await Promise.allSettled(uploads)) if (end.status === 'rejected') throw end.reason
    return files
  }
}

/** As many at a time as the run exports entities at a time. */
async function readSmallFiles(
  deps: ActivityDependencies,
  held: readonly HeldClaim[],
  signal: AbortSignal,
): Promise<SmallFile[]> {
  const reading: Reading = { files: [], room: mostBytes, failures: 0 }
  await inParallel(held, deps.entityConcurrency, (one) => readSmallFile(deps, one, signal, reading))
  return reading.files
}

interface Reading {
  readonly files: SmallFile[]
  /** The number of bytes that may still be held. */
  room: number
  failures: number
}

/** After so many failures the source itself is at fault, and no other file is tried. */
const mostFailures = 2

/** Leaves out a file that does not fit, or that the source does not give. */
async function readSmallFile(
  deps: ActivityDependencies,
  held: HeldClaim,
  signal: AbortSignal,
  reading: Reading,
): Promise<void> {
  const chunks: Buffer[] = []
  try {
    const file = await writeWindow(deps, held.claim, signal, (files) => hold(files, held, reading, chunks))
    reading.files.push({ held, file, chunks })
  } catch (error) {
    reading.room += sizeOf(chunks)
    if (error instanceof DoesNotFit) return
    const failure = asExportError(error)
    reading.failures += exportErrors[failure.code].retry === 'hours' ? 1 : 0
    if (signal.aborted || reading.failures >= mostFailures) throw failure
    deps.events.smallFilesLeft([held.claim], failure)
  }
}

class DoesNotFit extends Error {}

/** Copies the chunks, which are good only until the next one is requested. */
async function hold(
  files: AsyncIterable<CsvFile>,
  { files: hidden }: HeldClaim,
  reading: Reading,
  chunks: Buffer[],
): Promise<FilePart[]> {
  const parts: FilePart[] = []
  for await (const file of files) {
    if (parts.length > 0) throw new DoesNotFit()
    for await (const chunk of file.chunks) {
      reading.room -= chunk.length
      chunks.push(Buffer.from(chunk))
      if (reading.room < 0 || sizeOf(chunks) > mostFileBytes) throw new DoesNotFit()
    }
    parts.push({ path: hidden.finalPath(0), ...file.totals(), sha256: file.sha256() })
  }
  return parts
}

function sizeOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0)
}

async function* each(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}
