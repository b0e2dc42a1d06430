import type { ClientBase } from 'pg'
import type { Entity } from '../../domain/entity.js'
import { tombstonesOf } from '../../domain/tombstones.js'
import type { SourceFinding } from '../../domain/source-finding.js'
import { isCancelled } from '../errors.js'
import { columnFindings } from './columns.js'
import { hiddenRowFindings, showAllRows } from './hidden-rows.js'
import { indexFindings } from './indexes.js'
import { readFindings } from './read-findings.js'
import type { Relation } from './relation.js'
import { readRelations } from './relations.js'
import { rightFindings } from './rights.js'
import { tenantColumnFindings } from './tenant-column.js'
import { countUndecided } from './count-undecided.js'
import { undecidedFindings } from './undecided-rows.js'
import { tombstoneFindings } from './tombstones.js'
import { viewFindings } from './views.js'

/** Counting the rows of all tenants may need to look at all rows of the table. */
const countMs = 5_000

/**
 * Everything that can be found out about the entity's table. `countRows`: also counts the rows, of all tenants, that no
 * window can decide. The client is in a transaction, which is of no use for anything else afterwards.
 */
export async function checkEntity(
  client: ClientBase,
  entity: Entity,
  { countRows }: { countRows: boolean },
): Promise<SourceFinding[]> {
  const relations = await readRelations(client, entity)
  const tombstones = tombstonesOf(entity)
  const deleted = tombstones ? await readRelations(client, tombstones) : []
  const findings: SourceFinding[] = [
    ...readFindings(entity, relations),
    ...tombstoneFindings(entity, relations, deleted),
    ...(tombstones ? await indexFindings(client, tombstones, deleted) : []),
    ...(await tenantColumnFindings(client, entity, relations)),
    ...(await viewFindings(client, relations)),
    ...(await indexFindings(client, entity, relations)),
    ...(await rightFindings(client, relations)),
    ...unloggedFindings(relations),
  ]
  const isReadable = [...columnFindings(entity, relations), ...hiddenRowFindings(relations)].length === 0
  return countRows && isReadable ? [...findings, ...(await counted(client, entity, relations))] : findings
}

async function counted(client: ClientBase, entity: Entity, relations: readonly Relation[]): Promise<SourceFinding[]> {
  try {
    const before = `SET LOCAL statement_timeout = ${countMs}; ${showAllRows(relations)}`
    const [rows] = await countUndecided(client, [{ entity, before }])
    return rows ? undecidedFindings(entity, relations, rows) : []
  } catch (error) {
    if (isCancelled(error)) return [notCounted(entity)]
    throw error
  }
}

function notCounted({ table: { schema, name }, updatedAtColumn, changeXidColumn }: Entity): SourceFinding {
  return {
    severity: 'warn',
    code: 'SOURCE_ROWS_NOT_COUNTED',
    table: `${schema}.${name}`,
    cause: `counting the rows without ${updatedAtColumn} or ${changeXidColumn} took longer than ${countMs / 1000} s`,
    fix: 'nothing: each read counts those of its tenant',
  }
}

function unloggedFindings(relations: readonly Relation[]): SourceFinding[] {
  const unlogged = relations.filter(({ isUnlogged }) => isUnlogged)
  return unlogged.map(({ label }) => ({
    severity: 'warn',
    code: 'SOURCE_ROWS_NOT_DURABLE',
    table: label,
    cause: 'it is unlogged: Postgres empties it after a crash, and no file says so',
    fix: `ALTER TABLE ${label} SET LOGGED`,
  }))
}
