import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { fillSample, hasSourceRows, type Filled } from '../../dev/sample-data/fill.js'
import { hostileTexts } from '../../dev/sample-data/hostile-values.js'
import { mutateSample } from '../../dev/sample-data/mutate.js'
import { sampleTenants } from '../../dev/sample-data/tenants.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.js'

const { entities } = await loadCatalog(undefined)
const baseTime = new Date('2026-05-04T10:00:00Z')
const seed = 42
const rows = 20_000

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createMigratedDatabase()
  client = await connect(database.url)
})
afterAll(async () => {
  await client?.end()
  await database?.[Symbol.asyncDispose]()
})

async function connect(url: string): Promise<pg.Client> {
  const connected = new pg.Client({ connectionString: url })
  await connected.connect()
  return connected
}

const table = (name: string) => `analytics."${name}"`

async function one<T extends pg.QueryResultRow>(text: string, values: unknown[] = [], on = client): Promise<T> {
  const result = await on.query<T>(text, values)
  const [row] = result.rows
  if (!row || result.rows.length > 1) throw new Error(`expected one row, got ${result.rows.length}`)
  return row
}

/** A digest of each table's rows, without the transaction that wrote them; of a tenant's only if one is named. */
async function digests(on: pg.Client, tenantId?: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const { name } of entities) {
    const { digest } = await one<{ digest: string }>(
      `SELECT count(*) || ' rows ' || md5(coalesce(string_agg(line, E'\\n' ORDER BY line), '')) AS digest
         FROM (SELECT (to_jsonb(t) - 'change_xid')::text AS line FROM ${table(name)} AS t
                WHERE $1::text IS NULL OR tenant_code = $1) AS lines`,
      [tenantId ?? null],
      on,
    )
    found[name] = digest
  }
  return found
}

async function tally(sql: string): Promise<number> {
  return Number((await one<{ n: string }>(`SELECT count(*) AS n ${sql}`)).n)
}

describe('a filled sample', () => {
  const lines: string[] = []
  let hadRows: boolean
  let filled: Filled[]
  beforeAll(async () => {
    hadRows = await hasSourceRows(database.url)
    filled = await fillSample({ url: database.url, seed, rows, baseTime, report: (line) => lines.push(line) })
  })

  test('has about as many rows as asked for, and says so', async () => {
    let total = 0
    for (const { name } of entities) total += await tally(`FROM ${table(name)}`)
    expect(filled).toHaveLength(entities.length * sampleTenants.length)
    expect(filled.reduce((sum, part) => sum + part.rows, 0)).toBe(total)
    expect(total).toBeGreaterThan(rows * 0.95)
    expect(total).toBeLessThan(rows * 1.05)
    expect(lines).toHaveLength(entities.length)
    expect([hadRows, await hasSourceRows(database.url)]).toEqual([false, true])
  })

  test('has tenants of very different size, the smallest with empty entities', async () => {
    const sizes: number[] = []
    for (const { tenantId } of sampleTenants) {
      expect(tenantId).toMatch(/^[a-z0-9][a-z0-9_-]{0,62}$/)
      const counts: number[] = []
      for (const { name } of entities) counts.push(await tally(`FROM ${table(name)} WHERE tenant_code = '${tenantId}'`))
      expect(counts.includes(0), tenantId).toBe(tenantId === 'hooli')
      sizes.push(counts.reduce((sum, count) => sum + count, 0))
    }
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
    expect(sizes[0]).toBeGreaterThan(rows / 2)
    expect(sizes.at(-1)).toBeLessThan(20)
  })

  test('comes out the same from the same seed, and different from another', async () => {
    await using same = await createMigratedDatabase()
    await using other = await createMigratedDatabase()
    await fillSample({ url: same.url, seed, rows, baseTime })
    await fillSample({ url: other.url, seed: seed + 1, rows, baseTime })
    const [first, second, third] = [client, await connect(same.url), await connect(other.url)]
    try {
      const expected = await digests(first)
      expect(await digests(second)).toEqual(expected)
      const otherwise = await digests(third)
      expect(entities.filter(({ name }) => otherwise[name] === expected[name])).toEqual([])
    } finally {
      await Promise.all([second.end(), third.end()])
    }
  })

  test('leaves nothing behind when it fails', async () => {
    await using twice = await createMigratedDatabase()
    const tenants = [{ tenantId: 'acme', share: 0.5 }]
    await fillSample({ url: twice.url, seed, rows: 500, baseTime, tenants })
    const other = { tenantId: 'initech', share: 0.5 }
    await expect(
      fillSample({ url: twice.url, seed, rows: 500, baseTime, tenants: [other, ...tenants] }),
    ).rejects.toThrow(/duplicate key/)
    const connected = await connect(twice.url)
    const { n } = await one<{ n: string }>(
      `SELECT count(*) AS n FROM analytics."user" WHERE tenant_code = 'initech'`,
      [],
      connected,
    )
    await connected.end()
    expect(n).toBe('0')
  })

  test('refuses a base time in the future, which the tables would not keep', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000)
    await expect(fillSample({ url: database.url, seed, rows, baseTime: tomorrow })).rejects.toThrow(RangeError)
  })

  test('is dated over two years, denser towards the base time, also on midnights', async () => {
    const times = (where: string) =>
      tally(
        `FROM ${table('interaction')} WHERE updated_at ${where.replaceAll('base', `'${baseTime.toISOString()}'::timestamptz`)}`,
      )
    const all = await times('IS NOT NULL')
    expect(await times('>= base')).toBe(0)
    expect(await times(`< base - interval '732 days'`)).toBe(0)
    expect(await times(`< base - interval '365 days'`)).toBeGreaterThan(all * 0.1)
    expect(await times(`> base - interval '1 day'`)).toBeGreaterThan(all * 0.05)
    expect(await times(`= date_trunc('day', updated_at, 'UTC')`)).toBeGreaterThan(0)
    expect(
      await times(`= date_trunc('day', updated_at, 'UTC') + interval '1 day' - interval '1 microsecond'`),
    ).toBeGreaterThan(0)
    expect(await times("<> date_trunc('milliseconds', updated_at)")).toBeGreaterThan(all * 0.9)
    expect(await tally(`FROM ${table('interaction')} WHERE created_at > updated_at`)).toBe(0)
  })
})

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

async function referencesHold(): Promise<void> {
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

describe('the values of a sample', () => {
  test('refer to rows that are there, and that belong together', referencesHold)

  test.each(['globex', 'acme'])('have every hostile text among those of %s', async (tenantId) => {
    const found = new Set<string>()
    for (const { name, columns } of entities) {
      for (const column of columns.filter(({ type }) => type === 'string')) {
        const { rows: hits } = await client.query<{ value: string }>(
          `SELECT DISTINCT ${column.name} AS value FROM ${table(name)} WHERE tenant_code = $1 AND ${column.name} = ANY ($2)`,
          [tenantId, hostileTexts],
        )
        for (const { value } of hits) found.add(value)
      }
    }
    expect(hostileTexts.filter((text) => !found.has(text))).toEqual([])
  })

  test.each<[string, string]>([
    ['an empty text beside NULL', `FROM analytics.interaction WHERE referrer = ''`],
    ['NULL beside an empty text', `FROM analytics.interaction WHERE referrer IS NULL`],
    ['a text of 100 KB', `FROM analytics.content WHERE octet_length(body) BETWEEN 90000 AND 200000`],
    ['a number beyond a double', `FROM analytics.file WHERE size_bytes = 9007199254740993`],
    ['a number of 38 digits', `FROM analytics.survey_response WHERE answer_number > 99999999999999999999`],
    ['a negative number', `FROM analytics.sentiment_check_response WHERE score < 0`],
    ['a day in the year 1', `FROM analytics."user" WHERE hired_on = '0001-01-01'`],
    ['a day in the year 9999', `FROM analytics."user" WHERE hired_on = '9999-12-31'`],
    ['a day before Christ', `FROM analytics.section_instance WHERE visible_from < '0001-01-01'`],
    ['infinity', `FROM analytics.content WHERE expires_at = 'infinity'`],
    ['JSON with quotes in it', `FROM analytics.interaction WHERE context->>'quote' LIKE '%"no"%'`],
    ['JSON with unicode', `FROM analytics."user" WHERE profile->>'escapes' LIKE '%😀%'`],
    ['JSON with a number of many digits', `FROM analytics.content WHERE tags::text LIKE '%.123456789,%'`],
    ['a JSON null', `FROM analytics.survey_instance_question WHERE display_rule = 'null'`],
    ['deleted rows', `FROM analytics."user" WHERE is_deleted`],
  ])('have %s', async (_what, sql) => {
    expect(await tally(sql)).toBeGreaterThan(0)
  })

  test('are told apart by tenant, though the codes are the same', async () => {
    const { rows: users } = await client.query<{ tenant: string; profile: string }>(
      `SELECT tenant_code AS tenant, email || status || coalesce(last_name, '') || coalesce(hired_on::text, '') AS profile
         FROM analytics."user" WHERE code = 'usr-000000002'`,
    )
    expect(users.map(({ tenant }) => tenant).toSorted()).toEqual(['acme', 'globex', 'hooli', 'initech'])
    expect(new Set(users.map(({ profile }) => profile)).size).toBe(4)
  })
})

describe('a mutation', () => {
  interface State {
    code: string
    xid: string
    deleted: boolean
    old: boolean
    body: string
  }
  const states = async (name: string, tenantId: string): Promise<Map<string, State>> => {
    const { rows: found } = await client.query<State>(
      `SELECT code, change_xid AS xid, is_deleted AS deleted, updated_at < $2 AS old,
              (to_jsonb(t) - 'change_xid' - 'updated_at' - 'is_deleted')::text AS body
         FROM ${table(name)} AS t WHERE tenant_code = $1`,
      [tenantId, baseTime],
    )
    return new Map(found.map((state) => [state.code, state]))
  }

  test('changes exactly the rows that it names, of the tenant and the entities asked for', async () => {
    const before = new Map<string, Map<string, State>>()
    for (const { name } of entities) before.set(name, await states(name, 'acme'))
    const untouched = await digests(client, 'globex')

    const asked = { url: database.url, seed: 1, tenantId: 'acme', inserts: 3, updates: 5, deletes: 2 }
    const mutated = await mutateSample(asked)
    expect(mutated.map(({ entity }) => entity).toSorted()).toEqual(entities.map(({ name }) => name).toSorted())
    for (const { entity, inserted, updated, deleted } of mutated) {
      const was = before.get(entity)
      if (!was) throw new Error(entity)
      const is = await states(entity, 'acme')
      const added = [...is.values()].filter(({ code }) => !was.has(code))
      const changed = [...is.values()].filter(({ code, xid }) => was.has(code) && was.get(code)?.xid !== xid)
      const live = [...was.values()].filter((state) => !state.deleted).length
      expect(
        [inserted, updated, deleted].map(({ length }) => length),
        entity,
      ).toEqual([Math.min(3, live), Math.min(5, live), Math.min(2, Math.max(live - 5, 0))])
      expect(added.map(({ code }) => code).toSorted(), entity).toEqual(inserted.toSorted())
      expect(changed.map(({ code }) => code).toSorted(), entity).toEqual([...updated, ...deleted].toSorted())
      expect(
        [...added, ...changed].filter(({ old }) => old),
        entity,
      ).toEqual([])
      expect(
        changed
          .filter((state) => state.deleted)
          .map(({ code }) => code)
          .toSorted(),
        entity,
      ).toEqual(deleted.toSorted())
      expect(
        updated.filter((code) => is.get(code)?.body === was.get(code)?.body),
        entity,
      ).toEqual([])
    }
    expect(await digests(client, 'globex')).toEqual(untouched)
    await referencesHold()
  })

  test('chooses the same rows from the same seed on the same sample', async () => {
    const outcomes = []
    for (const mutationSeed of [5, 5, 6]) {
      await using fresh = await createMigratedDatabase()
      await fillSample({ url: fresh.url, seed, rows: 2000, baseTime })
      const asked = { url: fresh.url, seed: mutationSeed, inserts: 2, updates: 2, deletes: 2 }
      outcomes.push(await mutateSample({ ...asked, entities: ['user', 'content'] }))
    }
    const [first, second, third] = outcomes
    expect(first).toHaveLength(2 * sampleTenants.length)
    expect(second).toEqual(first)
    expect(third).not.toEqual(first)
  })

  test('takes what there is of a tenant with few rows, and refuses entities that the sample lacks', async () => {
    const asked = { url: database.url, seed: 3, tenantId: 'hooli', inserts: 10, updates: 10, deletes: 10 }
    const mutated = await mutateSample({ ...asked, entities: ['user', 'feed'] })
    expect(mutated).toMatchObject([
      { entity: 'user', deleted: [] },
      { entity: 'feed', inserted: [], updated: [], deleted: [] },
    ])
    expect(mutated[0]?.updated.length).toBe(mutated[0]?.inserted.length)
    await expect(mutateSample({ ...asked, entities: ['users'] })).rejects.toThrow(
      'The sample has no entity named users',
    )
  })
})
