import type { Entity } from '../domain/entity.js'
import { isRefusal, refusalError, type SourceFinding } from '../domain/source-finding.js'
import { damageFinding } from './checks/database.js'
import { showAllRows } from './checks/hidden-rows.js'
import { readFindings } from './checks/read-findings.js'
import type { Relation } from './checks/relation.js'
import { readRelations } from './checks/relations.js'
import { countUndecided } from './checks/count-undecided.js'
import { undecidedFindings } from './checks/undecided-rows.js'
import type { Lease } from './lease.js'
import type { SourceTypes } from './query.js'
import type { Line } from './unless-silent.js'
import { assertNotSetBack, type Begun, beginRead } from './transaction.js'
import type { Extraction, FoundInRead } from './types.js'

export interface OpenReadOptions {
  readonly doing: string
  readonly limitMs: number | undefined
  /** Called as soon as the transaction is open, before any refusal. */
  readonly onBegun: (begun: Begun) => Line
  readonly onFound: ((found: FoundInRead) => void) | undefined
}

/**
 * Opens the transaction of a read, in two messages for a plain table. It refuses to read if the file would silently lack rows,
 * and reports all other findings.
 */
export async function openRead(
  lease: Lease,
  extraction: Extraction,
  { doing, limitMs, onBegun, onFound }: OpenReadOptions,
): Promise<{ begun: Begun; line: Line; types: SourceTypes }> {
  const { entity, tenantId, isFirst } = extraction
  const { begun, own, isDamageHidden } = await lease.ask(doing, (client) => beginRead(client, entity, limitMs))
  const line = onBegun(begun)
  const relations = await relationsOf(lease, doing, entity, own)
  const found = [...(isDamageHidden ? [damageFinding('the source')] : []), ...readFindings(entity, relations)]
  refuse(found, isFirst)
  assertNotSetBack(extraction, begun)
  const counted = await lease.askAtLength(doing, line, (client) =>
    countUndecided(client, entity, { tenantId, before: showAllRows(relations) }),
  )
  const undecided = undecidedFindings(entity, relations, counted)
  refuse(undecided, isFirst)
  onFound?.({ entity: entity.name, tenantId, findings: [...found, ...undecided] })
  const types = Object.fromEntries((own?.columns ?? []).map(({ name, sqlType }) => [name, sqlType]))
  return { begun, line, types }
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

function refuse(findings: readonly SourceFinding[], isFirst: boolean | undefined): void {
  const error = refusalError(findings.filter(isRefusal).filter(({ everyFile }) => everyFile || isFirst === true))
  if (error) throw error
}
