import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Column, ColumnType, Entity } from '../../src/domain/entity.js'
import { csvContent } from '../../src/csv/csv-content.js'
import { csvFile } from '../../src/csv/csv-file.js'
import { hostileJson, hostileTexts } from '../../dev/sample-data/hostile-values.js'
import { createSource } from '../../src/source/source.js'
import { createTestDatabase, type TestDatabase } from '../support/postgres/postgres.js'

let database: TestDatabase
let client: pg.Client
let folder: string

beforeAll(async () => {
  database = await createTestDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  // The server, which may be another user, reads the file itself.
  folder = await mkdtemp(join(tmpdir(), 'tidemark-csv-'))
  await chmod(folder, 0o755)
})

afterAll(async () => {
  await client?.end()
  await database?.[Symbol.asyncDispose]()
  if (folder) await rm(folder, { recursive: true })
})

/**
 * Makes a table, exports it, and loads the file into two more of the same form, by COPY and by csv-parse, which knows
 * nothing of Postgres: the rows of all three.
 */
async function exportAndLoad(
  name: string,
  columns: Record<string, [ColumnType, string]>,
  rows: unknown[][],
  lineEnd: '\n' | '\r\n',
): Promise<{ source: string[]; loaded: string[]; parsed: string[] }> {
  const definitions = Object.entries(columns).map(([column, [, type]]) => `${column} ${type}`)
  await client.query(`CREATE TABLE ${name} (${definitions.join(', ')}, tenant text DEFAULT 'acme',
    changed timestamptz NOT NULL DEFAULT '2026-01-01Z', xid xid8 NOT NULL DEFAULT pg_current_xact_id())`)
  const names = Object.keys(columns)
  await insert(name, names, rows)
  const { rows: types } = await client.query<{ column: string; type: string }>(
    `SELECT attname AS column, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0`,
    [name],
  )
  const sourceTypes = new Map(types.map(({ column, type }) => [column, type]))
  const entity: Entity = {
    name,
    displayName: name,
    description: '',
    kind: 'snapshot',
    table: { schema: 'public', name },
    tenantColumn: 'tenant',
    updatedAtColumn: 'changed',
    changeXidColumn: 'xid',
    key: [],
    columns: names.map((column): Column => ({
      name: column,
      type: columns[column]![0],
      sourceType: sourceTypes.get(column),
      description: '',
      nullable: true,
    })),
  }
  await using source = createSource({ url: database.url, poolSize: 1 })
  const extraction = { entity, tenantId: 'acme', to: new Date('2027-01-01'), mode: 'full' } as const
  const file = join(folder, `${name}.csv`)
  await source.read(extraction, new AbortController().signal, ({ blocks }) =>
    writeFile(file, csvFile(csvContent(entity.columns, blocks, { lineEnd })).chunks),
  )
  await client.query(`CREATE TABLE ${name}_loaded (${definitions.join(', ')})`)
  await client.query(`COPY ${name}_loaded FROM '${file}' (FORMAT csv, HEADER match)`)
  await client.query(`CREATE TABLE ${name}_parsed (${definitions.join(', ')})`)
  const [header, ...parsed] = parseFile(await readFile(file), lineEnd)
  expect(header).toEqual(names)
  await insert(`${name}_parsed`, names, parsed)
  return {
    source: await texts(name, names),
    loaded: await texts(`${name}_loaded`, names),
    parsed: await texts(`${name}_parsed`, names),
  }
}

async function insert(table: string, names: string[], rows: unknown[][]): Promise<void> {
  const places = names.map((_, index) => `$${index + 1}`)
  const text = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')})`
  for (const row of rows) await client.query(text, row)
}

/** An empty field is NULL, and "" the empty string: all that a reader needs to know. */
function parseFile(content: Buffer, lineEnd: string): (string | null)[][] {
  return parse(content, {
    record_delimiter: lineEnd,
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
  })
}

async function texts(table: string, columns: string[]): Promise<string[]> {
  const { rows } = await client.query<{ row: string }>(
    `SELECT ROW(${columns.join(', ')})::text AS row FROM ${table} ORDER BY 1`,
  )
  return rows.map(({ row }) => row)
}

describe.each([
  ['lf', '\n'],
  ['crlf', '\r\n'],
] as const)('COPY FROM and another reader give back the source, line end %s', (label, lineEnd) => {
  test('COPY FROM and a second reader get back hostile text', async () => {
    const values = ['', null, ' ', '"', '""', ',', '\n', '\r', '\r\n', '\\.', '\\N', '\\', 'NULL', "'", ';', '\t']
    values.push('a\n\\.\nb', '\n\\.', '🐎 שלום e\u0301', '=1+1', '\ufeffx', '\u0001', '\u2028', 'x'.repeat(600_000))
    const columns: Record<string, [ColumnType, string]> = {
      code: ['integer', 'int'],
      a: ['string', 'text'],
      b: ['string', 'varchar'],
    }
    const rows = values.flatMap((a, i) =>
      values.map((b, j) => [i * 100 + j, a?.slice(0, 99) ?? null, b?.slice(0, 99) ?? null]),
    )
    rows.push([9999, values.at(-1) ?? null, null])
    rows.push(...hostileTexts.map((text, index) => [10_000 + index, text, text]))
    const { source, loaded, parsed } = await exportAndLoad(`text_${label}`, columns, rows, lineEnd)
    expect(loaded).toEqual(source)
    expect(parsed).toEqual(source)
    expect(loaded).toHaveLength(rows.length)
  })

  test('COPY FROM and a second reader get back every type at its limits', async () => {
    const columns: Record<string, [ColumnType, string]> = {
      i2: ['integer', 'int2'],
      i8: ['integer', 'int8'],
      exact: ['number', 'numeric'],
      f4: ['number', 'float4'],
      f8: ['number', 'float8'],
      flag: ['boolean', 'boolean'],
      at: ['datetime', 'timestamptz'],
      day: ['date', 'date'],
      j: ['json', 'json'],
      jb: ['json', 'jsonb'],
      id: ['string', 'uuid'],
      padded: ['string', 'char(5)'],
    }
    const rows = [
      [-32768, '-9223372036854775808', '0.000000000000000000000001', '3.4028235e38', 'Infinity', true],
      [32767, '9223372036854775807', '-99999999999999999999999999.10', '1e-45', '5e-324', false],
      [0, 0, 'NaN', 'NaN', '0.1', null],
    ].map((row, index) => [
      ...row,
      ['2026-11-23 09:30:00.123456+02', 'infinity', '0044-03-15 12:00:00.5+00 BC'][index],
      ['2026-11-23', '-infinity', '5874897-12-31'][index],
      ['{"b":1,  "a":1.00}', '"line\\nend"', 'null'][index],
      ['{"n": 12345678901234567890.10, "text": "quote \\" comma , ü"}', '[]', '"\\\\."'][index],
      '6f1c1e58-4f2b-4c83-9a53-0f4a0b3f3a11',
      ['ab', '', null][index],
    ])
    rows.push(Object.keys(columns).map(() => null))
    rows.push(...hostileJson.map((json) => Object.values(columns).map(([type]) => (type === 'json' ? json : null))))
    const { source, loaded, parsed } = await exportAndLoad(`types_${label}`, columns, rows, lineEnd)
    expect(loaded).toEqual(source)
    expect(parsed).toEqual(source)
    expect(loaded).toHaveLength(rows.length)
  })

  test('COPY FROM and a second reader get back types without their own format, and times without a zone', async () => {
    await client.query(`DROP TYPE IF EXISTS pair_${label} CASCADE; CREATE TYPE pair_${label} AS (a int, b text)`)
    const columns: Record<string, [ColumnType, string]> = {
      at: ['timestamp', 'timestamp'],
      tod: ['time', 'time'],
      cash: ['number', 'money'],
      price: ['number', 'numeric(12,2)'],
      todz: ['string', 'timetz'],
      span: ['string', 'interval'],
      tags: ['string', 'text[]'],
      grid: ['string', 'int[]'],
      days: ['string', 'date[]'],
      bin: ['string', 'bytea'],
      range: ['string', 'int4range'],
      ranges: ['string', 'tstzmultirange'],
      bits: ['string', 'bit varying'],
      nibble: ['string', 'bit(4)'],
      mac: ['string', 'macaddr8'],
      words: ['string', 'tsvector'],
      search: ['string', 'tsquery'],
      spot: ['string', 'point'],
      area: ['string', 'polygon'],
      lsn: ['string', 'pg_lsn'],
      path: ['string', 'jsonpath'],
      pair: ['string', `pair_${label}`],
    }
    const rows = [
      [
        '2026-11-23 09:30:00.123456',
        '23:59:59.999999',
        '1234.50',
        '1234567890.10',
        '09:30:00+02',
        '1 year -2 mons 3.5 days',
        '{a,"b,c",NULL,""}',
        '{{1,2},{3,4}}',
        '{2026-11-23,infinity}',
        '\\xdeadbeef',
        '[1,10)',
        '{[2026-11-23 00:00+00,2026-11-24 00:00+00)}',
        '10110',
        '1010',
        '08:00:2b:01:02:03:04:05',
        "a fat 'cat' sat:2A",
        "'fat' & 'rat'",
        '(1.5,-2)',
        '((0,0),(1,1),(2,0))',
        '16/B374D848',
        '$.a[*]?(@ > 1)',
        '(1,"x, y")',
      ],
      [
        'infinity',
        '24:00:00',
        '-0.01',
        '0',
        '24:00:00-15:59',
        '-00:00:00.000001',
        '{}',
        '{}',
        '{}',
        '\\x',
        'empty',
        '{}',
        '',
        '0000',
        'ff:ff:ff:ff:ff:ff:ff:ff',
        '',
        "'a':*",
        '(NaN,Infinity)',
        '((0,0))',
        '0/0',
        '$',
        '(,)',
      ],
      [
        '0044-03-15 12:00:00.5 BC',
        '00:00:00',
        null,
        '-0.10',
        '00:00:00+00',
        '178000000 years',
        null,
        null,
        null,
        null,
        '(,)',
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
      ],
      ['294276-12-31 23:59:59.999999', ...Array.from({ length: 21 }, () => null)],
    ]
    const { source, loaded, parsed } = await exportAndLoad(`other_${label}`, columns, rows, lineEnd)
    expect(loaded).toEqual(source)
    expect(parsed).toEqual(source)
    expect(loaded).toHaveLength(rows.length)
  })

  test('COPY FROM and a second reader get back a single column with NULL and the end-of-data mark', async () => {
    const columns: Record<string, [ColumnType, string]> = { a: ['string', 'text'] }
    const rows = [['x'], [null], [''], ['\\.'], ['\\.x'], ['y'], [null]]
    const { source, loaded, parsed } = await exportAndLoad(`single_${label}`, columns, rows, lineEnd)
    expect(loaded).toEqual(source)
    expect(parsed).toEqual(source)
    expect(loaded).toHaveLength(rows.length)
  })
})
