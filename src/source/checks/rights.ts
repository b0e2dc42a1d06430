import type { ClientBase } from 'pg'
import type { SourceWarning } from '../../domain/source-finding.js'
import type { Relation } from './relation.js'

/** The entity's table, if the login may change it, which no export needs. */
export async function rightFindings(client: ClientBase, relations: readonly Relation[]): Promise<SourceWarning[]> {
  const own = relations.find(({ way }) => way === 'own')
  if (!own) return []
  const { rows } = await client.query<{ mayWrite: boolean }>(
    `SELECT has_table_privilege($1::oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS "mayWrite"`,
    [own.id],
  )
  if (rows[0]?.mayWrite !== true) return []
  return [
    {
      severity: 'warn',
      code: 'SOURCE_LOGIN_MAY_WRITE',
      table: own.label,
      cause: `${own.reader} may write to it, but an export only reads`,
      fix: 'give SOURCE_DATABASE_URL a login that may only read',
    },
  ]
}
