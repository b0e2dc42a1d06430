import type { SourceRefusal } from '../../domain/source-finding.js'
import type { Relation } from './relation.js'

/**
 * The tables whose row-level security hides rows from the read. A policy that shows every row (`USING (true)`) hides
 * none. A view reads with the rights of its owner, so it is the owner who has to see every row.
 */
export function hiddenRowFindings(relations: readonly Relation[]): SourceRefusal[] {
  return relations
    .filter(({ rowSecurity }) => rowSecurity === 'filters')
    .map((relation) => ({
      severity: 'refuse',
      code: 'SOURCE_ROWS_HIDDEN',
      everyFile: true,
      table: relation.label,
      cause: `row-level security may hide rows from ${relation.reader}${relation.isViewed ? ', the owner of a view that reads it' : ''}`,
      fix: fixOf(relation),
    }))
}

function fixOf({ label, reader, isReadersOwn }: Relation): string {
  const policy = `CREATE POLICY tidemark_reads_every_row ON ${label} FOR SELECT TO ${reader} USING (true)`
  if (isReadersOwn) return `ALTER TABLE ${label} NO FORCE ROW LEVEL SECURITY`
  return `${policy}; where a restrictive policy holds as well, ALTER ROLE ${reader} BYPASSRLS`
}

/**
 * The statement after which the read sees every row. Where it is `off`, Postgres raises an error if row-level security
 * applies. Where it is `on`, policies apply, which is correct only if they show every row.
 */
export function showAllRows(relations: readonly Relation[]): string {
  const isOpen = relations.some(({ rowSecurity }) => rowSecurity === 'open')
  return `SET LOCAL row_security = ${isOpen ? 'on' : 'off'};`
}
