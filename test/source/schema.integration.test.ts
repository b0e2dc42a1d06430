import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { applyMigrations } from '../../src/database/migrate.js'
import type { ColumnType } from '../../src/domain/entity.js'
import { fillSample } from '../../dev/sample-data/fill.js'
import { mutateSample } from '../../dev/sample-data/mutate.js'
import { undecidedQuery } from '../../src/source/checks/count-undecided.js'
import { extractionQuery } from '../../src/source/query.js'
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.js'

const folder = fileURLToPath(new URL('../../prisma/source/migrations', import.meta.url))
const { entities } = await loadCatalog(undefined)

/** The Postgres types that hold, and print, what a column type promises. */
const fitting: Record<ColumnType, readonly string[]> = {
  string: ['text'],
  integer: ['integer', 'bigint'],
  number: ['numeric', 'double precision'],
  boolean: ['boolean'],
  datetime: ['timestamp(6) with time zone'],
  timestamp: ['timestamp(6) without time zone'],
  date: ['date'],
  time: ['time without time zone'],
  json: ['jsonb'],
}

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  await applyMigrations({ url: database.url, schema: 'analytics', folder })
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await database?.[Symbol.asyncDispose]()
})

test('money is written as a number, whatever sign lc_monetary puts in front, and none of it becomes NULL', () => {
  const [entity] = entities
  const column = { name: 'cash', type: 'number', description: '', nullable: true, irregular: 'null' } as const
  const { text } = extractionQuery(
    { mode: 'full', entity: { ...entity!, columns: [column] }, tenantId: 'acme', to: new Date() },
    { cash: 'money' },
  )
  expect(text).toMatch(/^SELECT "cash"::numeric, /)
})

describe('the source tables', () => {
  test('the source has the tables of the catalog, in a schema with its own history', async () => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    )
    const expected = ['_prisma_migrations', ...entities.map(({ table }) => table.name)]
    expect(rows.map(({ name }) => name).toSorted()).toEqual(expected.toSorted())
  })

  test.each(entities)(
    'the source table of $displayName has the columns of the catalog with fitting types',
    async ({ table, columns }) => {
      const { rows } = await client.query<{ name: string; type: string; nullable: boolean }>(
        `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable
         FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
        [`${table.schema}."${table.name}"`],
      )
      const tracking = ['change_xid', 'insert_xid', 'inserted_at']
      const exported = rows.filter(({ name }) => !tracking.includes(name))
      expect(rows.filter((row) => !exported.includes(row))).toEqual([
        { name: 'change_xid', type: 'xid8', nullable: false },
        { name: 'insert_xid', type: 'xid8', nullable: true },
        { name: 'inserted_at', type: 'timestamp(6) with time zone', nullable: true },
      ])
      expect(exported.map(({ name, nullable }) => ({ name, nullable }))).toEqual(
        columns.map(({ name, nullable }) => ({ name, nullable })),
      )
      for (const [at, { type }] of columns.entries()) {
        expect(fitting[type]).toContain(exported[at]?.type.replace(/^numeric\(.*\)$/, 'numeric'))
      }
    },
  )

  test.each(entities)('the source table of $displayName has its key, indexes and trigger', async ({ table }) => {
    const qualified = `${table.schema}."${table.name}"`
    const indexes = await client.query<{ columns: string; isPrimary: boolean }>(
      `SELECT indisprimary AS "isPrimary", (SELECT string_agg(attname, ', ' ORDER BY attnum)
         FROM pg_attribute WHERE attrelid = indexrelid) AS columns
       FROM pg_index WHERE indrelid = to_regclass($1) ORDER BY columns`,
      [qualified],
    )
    expect(indexes.rows).toEqual([
      { isPrimary: false, columns: 'tenant_code, change_xid' },
      { isPrimary: true, columns: 'tenant_code, code' },
      { isPrimary: false, columns: 'tenant_code, updated_at' },
    ])
    const triggers = await client.query<{ name: string; enabled: string }>(
      `SELECT tgname AS name, tgenabled AS enabled FROM pg_trigger WHERE tgrelid = to_regclass($1)`,
      [qualified],
    )
    expect(triggers.rows).toEqual([{ name: 'record_change', enabled: 'A' }])
  })
})

describe('the trigger', () => {
  interface Mark {
    at: string
    xid: string
    now: string
    current: string
    late: boolean
  }
  const code = (() => {
    let number = 0
    return () => `cat-${(number += 1)}`
  })()
  const marks = `updated_at::text AS at, change_xid AS xid, clock_timestamp()::text AS now,
    pg_current_xact_id() AS current, updated_at <= clock_timestamp() AS late`

  async function insert(columns = '', values = ''): Promise<{ code: string; mark: Mark }> {
    const key = code()
    const { rows } = await client.query<Mark>(
      `INSERT INTO analytics.newsletter_category (tenant_code, code, name, sort_order, is_default ${columns})
       VALUES ('acme', $1, 'n', 1, false ${values}) RETURNING ${marks}`,
      [key],
    )
    return { code: key, mark: only(rows) }
  }
  async function update(key: string, assignment: string): Promise<Mark> {
    const { rows } = await client.query<Mark>(
      `UPDATE analytics.newsletter_category SET ${assignment} WHERE code = $1 RETURNING ${marks}`,
      [key],
    )
    return only(rows)
  }
  async function inTransaction<T>(work: () => Promise<T>): Promise<T> {
    await client.query('BEGIN')
    try {
      return await work()
    } finally {
      await client.query('COMMIT')
    }
  }
  const only = <T>(rows: T[]): T => {
    if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}`)
    return rows[0] as T
  }
  const isNow = ({ at, now }: Mark) => Math.abs(Date.parse(now) - Date.parse(at)) < 60_000

  test('the trigger sets time and transaction of an insert that has neither', async () => {
    const { mark } = await insert()
    expect(mark.xid).toBe(mark.current)
    expect(mark.late).toBe(true)
    expect(isNow(mark)).toBe(true)
  })

  test('the trigger uses the time of the write, not of the begin of the transaction', async () => {
    const { first, second } = await inTransaction(async () => {
      const inserted = await insert()
      return { first: inserted, second: await update(inserted.code, `name = 'again'`) }
    })
    expect(second.xid).toBe(first.mark.xid)
    expect(second.at > first.mark.at).toBe(true)
  })

  test('the trigger keeps an earlier time of an insert, but not its transaction', async () => {
    const { mark } = await insert(', updated_at, change_xid', `, '2001-02-03 04:05:06.789012Z', '3'`)
    expect(new Date(mark.at)).toEqual(new Date('2001-02-03T04:05:06.789Z'))
    expect(mark.xid).toBe(mark.current)
  })

  test.each(['infinity', '2999-01-01'])(
    'the trigger replaces the time %s of an insert by the current time',
    async (time) => {
      const { mark } = await insert(', updated_at', `, '${time}'`)
      expect(isNow(mark)).toBe(true)
      expect(mark.late).toBe(true)
    },
  )

  test('an update cannot choose its time or transaction', async () => {
    const { code: key, mark: before } = await insert(', updated_at', `, '2001-02-03'`)
    const mark = await update(key, `updated_at = '2002-01-01', change_xid = '3'`)
    expect(isNow(mark)).toBe(true)
    expect(mark.xid).toBe(mark.current)
    expect(BigInt(mark.xid)).toBeGreaterThan(BigInt(before.xid))
  })

  test('the trigger records the whole transaction for rows that a savepoint wrote', async () => {
    const { mark } = await inTransaction(async () => {
      await client.query('SAVEPOINT within')
      const inserted = await insert()
      await client.query('RELEASE SAVEPOINT within')
      return inserted
    })
    const { rows } = await client.query<{ status: string }>('SELECT pg_xact_status($1::xid8) AS status', [mark.xid])
    expect(mark.xid).toBe(mark.current)
    expect(rows).toEqual([{ status: 'committed' }])
  })

  test('the trigger also runs for rows that replication writes', async () => {
    const { mark } = await inTransaction(async () => {
      await client.query('SET LOCAL session_replication_role = replica')
      return insert(', updated_at, change_xid', `, '2001-01-01', '3'`)
    })
    expect(mark.xid).toBe(mark.current)
  })
})

describe('the indexes', () => {
  interface Plan {
    'Node Type': string
    'Index Name'?: string
    'Actual Rows': number
    'Rows Removed by Filter'?: number
    Plans?: Plan[]
  }
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

  test('the indexes serve the delta rule without reading other rows of the tenant', async () => {
    const { url } = database
    const baseTime = new Date('2026-01-15T00:00:00Z')
    await fillSample({ url, seed: 7, rows: 100_000, baseTime })
    const { rows: states } = await client.query<{ snapshot: string; from: Date }>(
      'SELECT pg_current_snapshot()::text AS snapshot, clock_timestamp() AS from',
    )
    const [state] = states
    if (!state) throw new Error('no snapshot')
    await mutateSample({
      url,
      seed: 8,
      tenantId: 'globex',
      entities: ['interaction'],
      inserts: 5,
      updates: 6,
      deletes: 7,
    })
    // Dated before the window, committed after the last file's snapshot.
    await client.query(
      `INSERT INTO analytics.interaction (tenant_code, code, user_code, content_code, site_code, interaction_type,
         platform, is_first, context, occurred_at, updated_at)
       VALUES ('globex', 'late', 'u', 'c', 's', 'view', 'web', true, '{}', now(), '2025-12-01')`,
    )
    const entity = entities.find(({ name }) => name === 'interaction')
    if (!entity) throw new Error('no interaction')
    const window = { from: state.from, to: new Date(Date.now() + 60_000), snapshot: state.snapshot }
    const delta = extractionQuery({ mode: 'delta', entity, tenantId: 'globex', ...window }, {})
    const explained = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${delta.text}`,
      delta.values,
    )
    const root = explained.rows[0]?.['QUERY PLAN'][0]?.Plan
    if (!root) throw new Error('no plan')
    const plan = nodes(root)
    expect(plan.map((node) => node['Node Type'])).toEqual([
      'Bitmap Heap Scan',
      'BitmapOr',
      'Bitmap Index Scan',
      'Bitmap Index Scan',
    ])
    expect(
      plan
        .map((node) => node['Index Name'])
        .filter(Boolean)
        .toSorted(),
    ).toEqual(['interaction_tenant_code_change_xid_idx', 'interaction_tenant_code_updated_at_idx'])
    expect(root['Actual Rows']).toBe(5 + 6 + 7 + 1)
    expect(root['Rows Removed by Filter'] ?? 0).toBe(0)
  })

  test('the indexes serve the count of rows that no window takes, without a look at other rows', async () => {
    const interaction = entities.find(({ name }) => name === 'interaction')!
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${undecidedQuery(interaction, 'globex')}`,
    )
    const leaves = nodes(rows[0]!['QUERY PLAN'][0]!.Plan).filter(({ Plans }) => !Plans)
    expect(leaves.length).toBeGreaterThan(0)
    for (const leaf of leaves) {
      expect(leaf['Node Type']).toContain('Index')
      expect([leaf['Actual Rows'], leaf['Rows Removed by Filter'] ?? 0]).toEqual([0, 0])
    }
  })
})
