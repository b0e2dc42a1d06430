import type { Entity } from '../../domain/entity.js'
import type { SourceFinding } from '../../domain/source-finding.js'
import { tombstonesOf } from '../../domain/tombstones.js'
import { readFindings } from './read-findings.js'
import type { Relation, Trigger } from './relation.js'

/** The bits of `pg_trigger.tgtype`. */
const bits = { row: 1, delete: 8 }

/** What each read of an entity with a table of deleted rows holds against that table, and against the trigger that fills it. */
export function tombstoneFindings(
  entity: Entity,
  relations: readonly Relation[],
  ofTombstones: readonly Relation[],
): SourceFinding[] {
  const deleted = tombstonesOf(entity)
  if (!deleted) return []
  return [...readFindings(deleted, ofTombstones), ...unrecorded(entity, deleted, relations)]
}

/** A table of deleted rows that nothing fills loses deletions. The first file has none yet, so later ones would lack them. */
function unrecorded(entity: Entity, { table: { name } }: Entity, relations: readonly Relation[]): SourceFinding[] {
  if (entity.changeTracking === 'application') return []
  const tables = relations.filter(({ kind, isViewed }) => kind === 'r' && !isViewed)
  const lacking = tables.filter(({ triggers }) => !triggers.some((trigger) => records(trigger, name)))
  const [first, ...others] = lacking
  if (!first) return []
  const { schema, name: own } = entity.table
  return [
    {
      severity: 'refuse',
      code: 'SOURCE_CHANGES_UNTRACKED',
      everyFile: false,
      table: others.length === 0 ? first.label : `${first.label} and ${others.length} more`,
      cause: `no trigger records deleted rows in ${name}. Later files would lack deletions`,
      fix: `run \`source adopt ${schema}.${own} --tenant ${entity.tenantColumn} --tombstones --apply\``,
    },
  ]
}

/** Whether it runs for each deleted row, and its function names the table. A function in C has no text. */
function records({ type, enabled, definition, source }: Trigger, table: string): boolean {
  const runs = (type & bits.row) !== 0 && (type & bits.delete) !== 0 && enabled !== 'D' && enabled !== 'R'
  return runs && (source === null || `${source} ${definition}`.toLowerCase().includes(table.toLowerCase()))
}
