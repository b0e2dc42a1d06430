import { Context } from '@temporalio/activity'
import type { EntityTask, SmallFilesResult, SmallFilesTask } from '../src/contracts.js'
import type { CsvFile } from '../src/csv/csv-file.js'
import type { FilePart, WrittenFile } from '../src/domain/delivery.js'
import { asExportError } from '../src/domain/errors.js'
import { allEnded } from '../src/domain/in-parallel.js'
import type { Claim, EntityWindow, Published } from '../src/domain/publication.js'
import { stepOf } from '../src/domain/run-step.js'
import type { HeldClaim, WriteAll } from '../src/publication/deliver.js'
import * as publication from '../src/publication/index.js'
import type { Snapshot } from '../src/source/source.js'
import { bestEffort, republishManifests } from './after-failure.js'
import type { ActivityDependencies } from './dependencies.js'
import { heartbeating } from './heartbeat.js'
import { onKnownServer } from './known-server.js'
import { recordingTransaction } from './metrics.js'
import { extractionOf, filePartOf, published, writeSnapshot } from './write-window.js'

/** A file with more bytes than this is not small, and is left to an activity of its own. */
const mostFileBytes = 256 * 1024

/** A file with more rows is not small, either. */
const mostFileRows = 5000

/** The most bytes that one activity holds, of all files together. */
const mostBytes = 4 * 1024 * 1024

/** The read of a file whose rows are so large that they never fit is cut. */
const mostDroppedBytes = 32 * 1024 * 1024

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
  const [first] = fresh
  if (!first) return
  // They share a manifest. In a redelivery, windows with the same end can belong to several days.
  const ofOneDay = fresh.filter(({ day }) => day.getTime() === first.day.getTime())
  const known = onKnownServer(deps, first.tenantId)
  const delivered = await publication.deliverAll(known, ofOneDay, signal, smallFilesWriter(deps, signal))
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
    const uploads = files.map(({ held: { files: hidden }, chunks }) => hidden.upload(oneByOne(chunks), () => {}))
    await allEnded(uploads)
    return files
  }
}

/** All are read in one snapshot, one after the other. */
async function readSmallFiles(
  deps: ActivityDependencies,
  held: readonly HeldClaim[],
  signal: AbortSignal,
): Promise<SmallFile[]> {
  const reading: Reading = { files: [], room: mostBytes }
  for (const { claim } of held) await deps.onStep('read', stepOf(claim))
  const extractions = held.map(({ claim }) => ({ ...extractionOf(deps, claim), mostRows: mostFileRows }))
  await recordingTransaction(deps.metrics, 'small files', () =>
    deps.source.readTogether(extractions, signal, {
      use: (index, snapshot) => readSmallFile(deps, held[index], snapshot, signal, reading),
      refused: (index, refusal) => deps.events.smallFilesLeft(claimsOf(held.slice(index, index + 1)), refusal),
    }),
  )
  return reading.files
}

function claimsOf(held: readonly HeldClaim[]): Claim[] {
  return held.map(({ claim }) => claim)
}

interface Reading {
  readonly files: SmallFile[]
  /** The number of bytes that may still be held. */
  room: number
}

/** Leaves out a file that does not fit, or that the source does not give. */
async function readSmallFile(
  deps: ActivityDependencies,
  held: HeldClaim | undefined,
  snapshot: Snapshot,
  signal: AbortSignal,
  reading: Reading,
): Promise<void> {
  if (!held) return
  const holding = new Holding(Math.min(mostFileBytes, reading.room))
  try {
    const file = await writeSnapshot(deps, held.claim, snapshot, (files) => hold(files, held, holding, snapshot))
    reading.files.push({ held, file, chunks: holding.chunks })
    reading.room -= holding.bytes
  } catch (error) {
    if (error instanceof DoesNotFit) return
    signal.throwIfAborted()
    deps.events.smallFilesLeft([held.claim], asExportError(error))
  }
}

class DoesNotFit extends Error {}

/** The bytes of one file, which are dropped once they do not fit. */
class Holding {
  chunks: Buffer[] = []
  bytes = 0

  constructor(private readonly room: number) {}

  get fits(): boolean {
    return this.bytes <= this.room
  }

  /** Copies the chunk, which is good only until the next one is requested. */
  add(chunk: Buffer): void {
    this.bytes += chunk.length
    if (this.fits) this.chunks.push(Buffer.from(chunk))
    else this.chunks = []
    if (this.bytes > mostDroppedBytes) throw new DoesNotFit()
  }
}

/** Reads to the last row also what does not fit, so that the connection can be used for the next entity. */
async function hold(
  files: AsyncIterable<CsvFile>,
  { files: hidden }: HeldClaim,
  holding: Holding,
  { sourceRows }: Pick<Snapshot, 'sourceRows'>,
): Promise<FilePart[]> {
  const parts: FilePart[] = []
  for await (const file of files) {
    for await (const chunk of file.chunks) holding.add(chunk)
    parts.push(filePartOf(hidden.finalPath(parts.length), file))
  }
  if (parts.length > 1 || !holding.fits || sourceRows() > mostFileRows) throw new DoesNotFit()
  return parts
}

async function* oneByOne(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}
