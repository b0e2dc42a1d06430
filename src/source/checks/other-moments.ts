import type { SourceRefusal } from '../../domain/source-finding.js'
import type { Relation } from './relation.js'

/**
 * Relations whose rows show another moment than the read's snapshot. A delta compares the transaction of a row with that
 * snapshot, so it misses rows of these without an error.
 */
export function otherMomentFindings(relations: readonly Relation[]): SourceRefusal[] {
  const anyXid = relations.some(({ kind, xidColumns }) => kind !== 'v' && xidColumns.length > 0)
  return relations.flatMap(({ kind, label, xidColumns }) => {
    const cause = causes[kind]
    // A mere look-up table of a view is warned of with the view.
    if (cause === undefined || (anyXid && xidColumns.length === 0)) return []
    const fix = 'let the catalog name a table of this database, or a view of such tables'
    return [{ severity: 'refuse', code: 'SOURCE_CHANGES_UNTRACKED', everyFile: true, table: label, cause, fix }]
  })
}

const causes: Partial<Record<Relation['kind'], string>> = {
  m: 'it is a materialized view, whose rows appear with a refresh that comes after the transaction they name. A delta misses them',
  f: 'it is a foreign table, whose rows name transactions of another server. A delta misses them',
}
