import type { Delivery } from '../domain/delivery.js'
import { type Catalog, type Column, type Entity, findEntity } from '../domain/entity.js'
import { changeTypeColumn } from '../domain/change-type.js'
import { ExportError } from '../domain/errors.js'
import { type RawRow, rowsOf } from '../domain/rows.js'
import type { Extraction, Source } from '../source/source.js'
import { escapeFormulas } from './formulas.js'
import { differ, type Findings } from './report.js'
import type { SortedHashes } from './row-hashes.js'

export interface SourceCheck {
  readonly source: Source
  readonly catalog: Catalog
  /** Formats the values of a row as a file has them, from what Postgres prints. */
  readonly valueFormat: (columns: readonly Column[]) => (row: RawRow) => RawRow
}

/**
 * Searches a file for every row of its window that is unchanged in the source. Rows that changed later are in later files, and
 * can't be compared.
 */
export async function checkAgainstSource(
  { source, catalog, valueFormat }: SourceCheck,
  findings: Findings,
  file: Delivery,
  hashes: SortedHashes,
  signal: AbortSignal,
): Promise<void> {
  const entity = asThen(findEntity(catalog, file.entity), file)
  if (!entity) return notComparable(findings, file, 'the catalog no longer has its columns')
  const plain = valueFormat(entity.columns)
  const escaped = (row: RawRow): RawRow => plain(row).map((value) => (value === null ? null : escapeFormulas(value)))
  const format = file.format.escapeFormulas ? escaped : plain
  let missing = 0
  try {
    await source.read(extraction(entity, file), signal, async ({ blocks }) => {
      for await (const block of blocks) {
        findings.sourceRows += block.rows
        for (const row of rowsOf(block, entity.columns.length)) if (!hashes.has(format(row))) missing += 1
      }
    })
  } catch (error) {
    if (!(error instanceof ExportError) || error.code !== 'SOURCE_CHANGED') throw error
    return notComparable(findings, file, `its source has been reset or restored since: ${error.message}`)
  }
  differ(findings, file.tenantId, file.path)('rows of the source that the file lacks', 0, missing)
}

function notComparable(findings: Findings, { path }: Delivery, reason: string): void {
  findings.notComparable.push({ path, reason })
}

/** The entity with the columns that the file was written with; undefined if the catalog no longer has all of them. */
function asThen(entity: Entity | undefined, { columns: written, format }: Delivery): Entity | undefined {
  const columns = written.split(',').map((column) => {
    const [name, type] = column.split(':')
    const all = [...(entity?.columns ?? []), ...(format.changeType ? [changeTypeColumn] : [])]
    return all.find((known) => known.name === name && known.type === type)
  })
  if (!entity || columns.includes(undefined)) return undefined
  return { ...entity, columns: columns.flatMap((column) => column ?? []) }
}

function extraction(
  entity: Entity,
  { tenantId, to, systemIdentifier, timeline, snapshot, load }: Delivery,
): Extraction {
  const common = { entity, tenantId, to, systemIdentifier, timeline, visibleIn: snapshot }
  return load.mode === 'FULL'
    ? { ...common, mode: 'full' }
    : { ...common, mode: 'delta', from: load.from, snapshot: load.fromSnapshot }
}
