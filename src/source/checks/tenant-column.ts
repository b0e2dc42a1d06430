import { type ClientBase, escapeIdentifier } from 'pg'
import type { Entity } from '../../domain/entity.js'
import type { SourceWarning } from '../../domain/source-finding.js'
import type { Relation } from './relation.js'

interface Collation {
  readonly label: string
  readonly collation: string
}

/** A collation whose library has other rules now than when indexes were made. */
const question = `
  SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS label, format('%I.%I', cn.nspname, l.collname) AS collation
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = $2
  JOIN pg_collation l ON l.oid = a.attcollation JOIN pg_namespace cn ON cn.oid = l.collnamespace
  WHERE c.oid = ANY ($1::oid[]) AND c.relkind IN ('r', 'p')
    AND l.collversion IS NOT NULL AND l.collversion IS DISTINCT FROM pg_collation_actual_version(l.oid)`

/** What may keep rows from being found by their tenant. */
export async function tenantColumnFindings(
  client: ClientBase,
  entity: Entity,
  relations: readonly Relation[],
): Promise<SourceWarning[]> {
  const ids = relations.map(({ id }) => id)
  const { rows } = await client.query<Collation>(question, [ids, entity.tenantColumn])
  return [...nullFindings(entity, relations), ...rows.map(orderFinding)]
}

function nullFindings({ tenantColumn }: Entity, relations: readonly Relation[]): SourceWarning[] {
  const own = relations.find(({ way, kind }) => way === 'own' && (kind === 'r' || kind === 'p'))
  const column = own?.columns.find(({ name }) => name === tenantColumn)
  if (!own || !column || column.notNull) return []
  return [
    {
      severity: 'warn',
      code: 'SOURCE_TENANT_MISSING',
      table: own.label,
      cause: `the tenant column ${tenantColumn} may be NULL, and a row without a tenant is in no file`,
      fix: `ALTER TABLE ${own.label} ALTER COLUMN ${escapeIdentifier(tenantColumn)} SET NOT NULL`,
    },
  ]
}

function orderFinding({ label, collation }: Collation): SourceWarning {
  return {
    severity: 'warn',
    code: 'SOURCE_ORDER_CHANGED',
    table: label,
    cause: `the collation ${collation} of its tenant column has other rules now than when it was recorded, so an index may miss rows`,
    fix: `REINDEX TABLE ${label}; ALTER COLLATION ${collation} REFRESH VERSION`,
  }
}
