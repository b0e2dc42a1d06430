import pg from 'pg'
import { afterAll, beforeAll, expect } from 'vitest'
import { loadCatalog } from '../../../src/catalog/load.js'
import { createMigratedDatabase, type TestDatabase } from '../../support/postgres/postgres.js'

export const { entities } = await loadCatalog(undefined)
export const baseTime = new Date('2026-05-04T10:00:00Z')
export const seed = 42

export let database: TestDatabase
export let client: pg.Client

/** Registers the hooks that open a database for the samples of a file. */
export function useSampleDatabase(): void {
  beforeAll(async () => {
    database = await createMigratedDatabase()
    client = await connect(database.url)
  })
  afterAll(async () => {
    await client?.end()
    await database?.[Symbol.asyncDispose]()
  })
}

export async function connect(url: string): Promise<pg.Client> {
  const connected = new pg.Client({ connectionString: url })
  await connected.connect()
  return connected
}

export const table = (name: string) => `analytics."${name}"`

export async function one<T extends pg.QueryResultRow>(text: string, values: unknown[] = [], on = client): Promise<T> {
  const result = await on.query<T>(text, values)
  const [row] = result.rows
  if (!row || result.rows.length > 1) throw new Error(`expected one row, got ${result.rows.length}`)
  return row
}

/** A digest of each table's rows, without the transaction that wrote them; of a tenant's only if one is named. */
export async function digests(on: pg.Client, tenantId?: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const { name } of entities) {
    const { digest } = await one<{ digest: string }>(
      `SELECT count(*) || ' rows ' || md5(coalesce(string_agg(line, E'\\n' ORDER BY line), '')) AS digest
         FROM (SELECT (to_jsonb(t) - 'change_xid' - 'insert_xid')::text AS line FROM ${table(name)} AS t
                WHERE $1::text IS NULL OR tenant_code = $1) AS lines`,
      [tenantId ?? null],
      on,
    )
    found[name] = digest
  }
  return found
}

export async function tally(sql: string): Promise<number> {
  return Number((await one<{ n: string }>(`SELECT count(*) AS n ${sql}`)).n)
}

/** `owner_user_code` refers to a user: the entity with the longest name that ends the column's. */
function referencedEntity(column: string): string | undefined {
  const stem = column.replace(/_code$/, '')
  const named = entities.map(({ name }) => name).filter((name) => stem === name || stem.endsWith(`_${name}`))
  return named.toSorted((a, b) => b.length - a.length)[0]
}

const references = entities.flatMap(({ name, columns }) =>
  columns
    .filter((column) => column.name.endsWith('_code') && column.name !== 'tenant_code')
    .map((column) => ({ entity: name, column: column.name, target: referencedEntity(column.name) })),
)

export async function expectReferencesToHold(): Promise<void> {
  for (const { entity, column, target } of references) {
    const where = `${entity}.${column} -> ${target}`
    expect(target, where).toBeDefined()
    expect(await tally(`FROM ${table(entity)} WHERE ${column} IS NOT NULL`), where).toBeGreaterThan(0)
    const dangling = `FROM ${table(entity)} AS a WHERE ${column} IS NOT NULL AND NOT EXISTS (
      SELECT FROM ${table(target ?? '')} AS b WHERE b.tenant_code = a.tenant_code AND b.code = a.${column})`
    expect(await tally(dangling), where).toBe(0)
  }
  for (const [what, contradiction] of Object.entries(contradictions)) expect(await tally(contradiction), what).toBe(0)
}

const join = (target: string, alias: string, column: string) =>
  `JOIN ${table(target)} AS ${alias} ON ${alias}.tenant_code = a.tenant_code AND ${alias}.code = a.${column}`

/** Rows that refer to rows which don't belong together. */
const contradictions = {
  'an interaction on another site than its content': `FROM ${table('interaction')} AS a
    ${join('content', 'c', 'content_code')} WHERE a.site_code <> c.site_code`,
  'an answer to a comment on other content': `FROM ${table('comment')} AS a
    ${join('comment', 'p', 'parent_comment_code')} WHERE a.content_code <> p.content_code`,
  'an answer in another survey than its question': `FROM ${table('survey_response')} AS a
    ${join('survey_instance_question', 'q', 'survey_instance_question_code')}
    WHERE a.survey_instance_code <> q.survey_instance_code`,
  'an answer in another survey than its recipient': `FROM ${table('survey_response')} AS a
    ${join('survey_recipient', 'r', 'survey_recipient_code')} WHERE a.survey_instance_code <> r.survey_instance_code`,
  'an answer that the question does not offer': `FROM ${table('survey_response')} AS a
    ${join('survey_instance_question', 'q', 'survey_instance_question_code')}
    ${join('survey_question_answer_bank', 'b', 'survey_question_answer_bank_code')}
    WHERE b.survey_question_bank_code <> q.survey_question_bank_code`,
  'an option of another question': `FROM ${table('awareness_check_response')} AS a
    ${join('awareness_check_option', 'o', 'awareness_check_option_code')}
    WHERE a.awareness_check_question_code <> o.awareness_check_question_code
       OR a.is_correct <> o.is_correct OR a.points <> o.points`,
}
