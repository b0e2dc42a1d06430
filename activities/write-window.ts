import { createHash } from 'node:crypto'
import type { EntityResult, EntityTask } from '../src/contracts.js'
import type { CsvFile } from '../src/csv/csv-file.js'
import { checksumsOf, type FilePart, type WrittenFile } from '../src/domain/delivery.js'
import { canTellInserts, entityOfFiles } from '../src/domain/change-type.js'
import { isContinued, writtenColumns } from '../src/domain/column-selection.js'
import { type Entity, findEntity } from '../src/domain/entity.js'
import { ExportError } from '../src/domain/errors.js'
import type { Claim, Published } from '../src/domain/publication.js'
import { stepOf } from '../src/domain/run-step.js'
import type { Extraction, Snapshot } from '../src/source/source.js'
import type { ActivityDependencies } from './dependencies.js'
import { recordingTransaction } from './metrics.js'

/** Stores the files of a window one after the other, and returns them as file parts. */
export type Store = (files: AsyncIterable<CsvFile>) => Promise<FilePart[]>

/** Reads the rows of a window in one snapshot, as CSV, for `store`, and checks what was stored. */
export async function writeWindow(
  deps: ActivityDependencies,
  claim: Claim,
  signal: AbortSignal,
  store: Store,
): Promise<WrittenFile> {
  await deps.onStep('read', stepOf(claim))
  const what = extractionOf(deps, claim)
  return recordingTransaction(deps.metrics, claim.entity, () =>
    deps.source.read(what, signal, (snapshot) => writeSnapshot(deps, claim, snapshot, store)),
  )
}

/** The same for a read that is open. */
export async function writeSnapshot(
  deps: ActivityDependencies,
  claim: Claim,
  snapshot: Snapshot,
  store: Store,
): Promise<WrittenFile> {
  await deps.onStep('upload', stepOf(claim))
  const catalogEntity = entityOf(deps, claim)
  const entity = entityOfFiles(catalogEntity, claim.columnSelection, claim.format)
  const { format, encryption, tenantId } = claim
  const encryptor = encryption && (await deps.openEncryptor(tenantId, encryption))
  const irregular = new Set<string>()
  const onIrregular = (column: string) => void irregular.add(column)
  const parts = await store(
    deps.csvFiles(entity.columns, snapshot.blocks, {
      lineEnd: deps.lineEnd,
      format,
      onIrregular,
      encrypt: encryptor?.encrypt,
    }),
  )
  const isSplit = format.maxPartMegabytes !== null
  const sourceRows = snapshot.sourceRows()
  const file = { ...sumOf(parts, isSplit), format, parts: isSplit ? parts : null, sourceRows }
  requireAllRows(claim, file)
  requireRegular(claim, entity, irregular)
  await encryptor?.requireUnchanged()
  return {
    ...file,
    encryption: encryptor?.encryption ?? null,
    ...writtenColumns(catalogEntity, entity),
    irregular: [...irregular],
    sourceTypes: snapshot.types,
    ...origin(claim, snapshot),
  }
}

export function total(parts: readonly FilePart[]): { rows: number; bytes: number } {
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
  const contents = parts.flatMap(({ content }) => content ?? [])
  return {
    path: first.path,
    ...total(parts),
    sha256: hashOf(parts),
    ...(contents.length > 0 && {
      content: { bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0), sha256: hashOf(contents) },
    }),
  }
}

function hashOf(parts: readonly Pick<FilePart, 'sha256'>[]): string {
  return createHash('sha256').update(checksumsOf(parts)).digest('hex')
}

/** What was stored under a path. */
export function filePartOf(path: string, file: CsvFile): FilePart {
  const content = file.content()
  return { path, ...file.totals(), sha256: file.sha256(), ...(content && { content }) }
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

function entityOf(deps: ActivityDependencies, { entity: name, format }: Claim): Entity {
  const entity = findEntity(deps.catalog, name)
  if (!entity) throw catalogDiffers(name, 'lacks the entity')
  if (!format.changeType || canTellInserts(entity)) return entity
  throw new ExportError(
    'SOURCE_SCHEMA_MISMATCH',
    `The file of ${name} has no change_type: the catalog names no insertXidColumn and insertedAtColumn, or has a column of that ` +
      'name. Correct the catalog, or set changeType of the file format to false.',
  )
}

function catalogDiffers(entity: string, how: string): ExportError {
  return new ExportError(
    'CATALOG_DIFFERS',
    `The catalog of this worker ${how}: ${entity}. A worker with another catalog planned the run. Give all workers the same CATALOG_FILE.`,
  )
}

/** A worker with another catalog has planned a delta. With the columns of this one, it would break the chain of files. */
function requireContinued({ previousColumns }: Claim, catalogEntity: Entity, delivered: Entity): void {
  if (!previousColumns || isContinued(previousColumns, catalogEntity, delivered)) return
  throw catalogDiffers(delivered.name, 'lacks or changes columns of the file that the planned delta follows')
}

/** What is read for a claim. @throws CATALOG_DIFFERS if the file would not be the planned one with this worker's catalog */
export function extractionOf(deps: ActivityDependencies, claim: Claim): Extraction {
  const catalogEntity = entityOf(deps, claim)
  const entity = entityOfFiles(catalogEntity, claim.columnSelection, claim.format)
  requireContinued(claim, catalogEntity, entity)
  const { tenantId, to, load, source, redelivers } = claim
  const isFirst = load.mode === 'FULL' && load.reason === 'FIRST' && !redelivers
  const common = { entity, tenantId, to, isFirst, ...source, ...(redelivers && { visibleIn: redelivers.snapshot }) }
  return load.mode === 'FULL'
    ? { ...common, mode: 'full' }
    : { ...common, mode: 'delta', from: load.from, snapshot: load.fromSnapshot }
}

/** What the workflow learns of a published window. */
export function published(task: EntityTask, { rows, bytes, path, revision }: Published): EntityResult {
  const { entity, displayName, to, mode } = task
  return { entity, displayName, to, mode, status: 'PUBLISHED', rows, bytes, path, revision, error: null }
}
