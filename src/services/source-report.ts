import type { Catalog, Entity } from '../domain/entity.js'
import type { SourceFinding } from '../domain/source-finding.js'
import type { Source } from '../source/source.js'

export interface SourceReport {
  /** Findings about the database as a whole. */
  readonly database: readonly SourceFinding[]
  readonly entities: readonly EntityReport[]
}

export interface EntityReport {
  /** Internal name. */
  readonly entity: string
  readonly displayName: string
  /** `schema.table`, as the catalog names it. */
  readonly table: string
  readonly findings: readonly SourceFinding[]
}

/**
 * Checks the tables of the given entities, or of the whole catalog. `countRows`: see Source.check.
 * @throws ExportError if the source does not answer
 */
export async function sourceReport(
  { catalog, source }: { catalog: Catalog; source: Source },
  { countRows, entities }: { countRows: boolean; entities?: readonly Entity[] },
): Promise<SourceReport> {
  const database = await source.checkDatabase()
  const reports: EntityReport[] = []
  for (const entity of entities ?? catalog.entities) {
    const findings = await source.check(entity, { countRows })
    const { name, displayName, table } = entity
    reports.push({ entity: name, displayName, table: `${table.schema}.${table.name}`, findings })
  }
  return { database, entities: reports }
}
