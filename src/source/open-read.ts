import type { Entity } from '../domain/entity.js'
import { asExportError, type ExportError } from '../domain/errors.js'
import { tombstonesOf } from '../domain/tombstones.js'
import { isRefusal, refusalError, type SourceFinding } from '../domain/source-finding.js'
import { damageFinding } from './checks/database.js'
import { showAllRows } from './checks/hidden-rows.js'
import { readFindings } from './checks/read-findings.js'
import type { Relation } from './checks/relation.js'
import { readRelations } from './checks/relations.js'
import { countUndecided } from './checks/count-undecided.js'
import { undecidedFindings } from './checks/undecided-rows.js'
import { tombstoneFindings } from './checks/tombstones.js'
import type { Lease } from './lease.js'
import type { SourceTypes } from './query.js'
import type { Line } from './unless-silent.js'
import { assertNotSetBack, type Begun, beginReads } from './transaction.js'
import type { Extraction, FoundInRead } from './types.js'

export interface OpenReadOptions {
  readonly doing: string
  readonly limitMs: number | undefined
  /** Called as soon as the transaction is open, before any refusal. */
  readonly onBegun: (begun: Begun) => Line
  readonly onFound: ((found: FoundInRead) => void) | undefined
}

/** One of the reads of a transaction. */
export interface OpenRead {
  readonly types: SourceTypes
  /** The statement after which the read sees every row. */
  readonly showAllRows: string
  /** Why the file would silently lack rows; then it must not be read. */
  readonly refusal: ExportError | undefined
}

/**
 * Opens the transaction of some reads, in two messages if all tables are plain. It refuses each read whose file would silently
 * lack rows, and reports all other findings.
 */
export async function openReads(
  lease: Lease,
  extractions: readonly Extraction[],
  { doing, limitMs, onBegun, onFound }: OpenReadOptions,
): Promise<{ begun: Begun; line: Line; reads: readonly OpenRead[] }> {
  const tombstones = extractions.map(({ entity }) => tombstonesOf(entity))
  const tables = [...extractions.map(({ entity }) => entity), ...tombstones.flatMap((table) => table ?? [])]
  const { begun, own, isDamageHidden } = await lease.ask(doing, (client) => beginReads(client, tables, limitMs))
  const line = onBegun(begun)
  const looks: Look[] = []
  for (const [index, extraction] of extractions.entries()) {
    const relations = await relationsOf(lease, doing, extraction.entity, own[index])
    const table = tombstones[index]
    const deleted = table ? await relationsOf(lease, doing, table, own[tables.indexOf(table)]) : []
    looks.push(lookAt(extraction, begun, { relations, deleted }, isDamageHidden ? [damageFinding('the source')] : []))
  }
  const open = looks.filter(({ refusal }) => refusal === undefined)
  const counted = await lease.askAtLength(doing, line, (client) =>
    countUndecided(
      client,
      open.map(({ extraction: { entity, tenantId }, relations, deleted }) => ({
        ...{ entity, tenantId },
        before: showAllRows([...relations, ...deleted]),
      })),
    ),
  )
  for (const [index, look] of open.entries()) {
    const { entity, tenantId, isFirst } = look.extraction
    const undecided = counted[index] ? undecidedFindings(entity, look.relations, counted[index]) : []
    look.refusal = refusalOf(undecided, isFirst)
    if (!look.refusal) onFound?.({ entity: entity.name, tenantId, findings: [...look.found, ...undecided] })
  }
  return { begun, line, reads: looks.map((look, index) => readOf(look, own[index])) }
}

interface TableRelations {
  readonly relations: readonly Relation[]
  /** Those of the table of deleted rows; empty if the entity has none. */
  readonly deleted: readonly Relation[]
}

interface Look extends TableRelations {
  readonly extraction: Extraction
  readonly found: readonly SourceFinding[]
  refusal: ExportError | undefined
}

function lookAt(
  extraction: Extraction,
  begun: Begun,
  { relations, deleted }: TableRelations,
  ofDatabase: readonly SourceFinding[],
): Look {
  const { entity } = extraction
  const found = [...ofDatabase, ...readFindings(entity, relations), ...tombstoneFindings(entity, relations, deleted)]
  return {
    extraction,
    relations,
    deleted,
    found,
    refusal: refusalOf(found, extraction.isFirst) ?? setBack(extraction, begun),
  }
}

function readOf({ relations, deleted, refusal }: Look, own: Relation | undefined): OpenRead {
  const types = Object.fromEntries((own?.columns ?? []).map(({ name, sqlType }) => [name, sqlType]))
  return { types, showAllRows: showAllRows([...relations, ...deleted]), refusal }
}

/** A second query reads the tables below a view or a partitioned table, and policies, if there are any. */
async function relationsOf(
  lease: Lease,
  doing: string,
  entity: Entity,
  own: Relation | undefined,
): Promise<readonly Relation[]> {
  if (!own) return []
  return own.hasMore ? lease.ask(doing, (client) => readRelations(client, entity)) : [own]
}

function refusalOf(findings: readonly SourceFinding[], isFirst: boolean | undefined): ExportError | undefined {
  return refusalError(findings.filter(isRefusal).filter(({ everyFile }) => everyFile || isFirst === true))
}

function setBack(extraction: Extraction, begun: Begun): ExportError | undefined {
  try {
    assertNotSetBack(extraction, begun)
    return undefined
  } catch (error) {
    return asExportError(error)
  }
}
