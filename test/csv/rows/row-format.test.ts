import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowFormat } from '../../../src/csv/rows/row-format.js'
import { stringifyFormat } from '../../../src/csv/rows/stringify-format.js'
import { wasmBytes } from '../../../src/csv/rows/wasm-bytes.js'
import { type Column, type ColumnType, columnTypes } from '../../../src/domain/entity.js'
import { type RawRow, rowsOf } from '../../../src/domain/rows.js'
import { hostileJson, hostileTexts } from '../../../dev/sample-data/hostile-values.js'
import { escapeFormulas } from '../../../src/verify/formulas.js'
import { rowBlock } from '../../support/postgres/row-block.js'
import { namesOf } from '../../../src/domain/described.js'

const column = (type: ColumnType, index: number): Column => ({
  name: `c${index}`,
  type,
  description: '',
  nullable: true,
})

const parts = [
  '"',
  '""',
  ',',
  '\n',
  '\r',
  '\r\n',
  '\\',
  '\\.',
  ' ',
  '\t',
  '\u0000',
  '🐎',
  'é',
  ';',
  '\ufeff',
  '-',
  '+00',
]
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...parts)).map((some) => some.join('')),
  fc.constantFrom(...hostileTexts, '', '\\.', 'x'.repeat(70_000)),
)
const time = fc.oneof(
  fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
    .map((at) => `${at.toISOString().slice(0, -1).replace('T', ' ')}+00`),
  fc.constantFrom('infinity', '-infinity', '0044-03-15 12:00:00.5+00 BC', '12026-11-23 09:30:00+00', '+00', ''),
)
const valuesOf: Record<ColumnType, fc.Arbitrary<string>> = {
  string: text,
  integer: fc.bigInt().map(String),
  number: fc.oneof(fc.double().map(String), fc.constantFrom('NaN', 'Infinity', '-Infinity', '0.10')),
  boolean: fc.constantFrom('t', 'f'),
  datetime: time,
  timestamp: fc.oneof(
    time.map((value) => value.replace('+00', '')),
    fc.constantFrom('infinity', '0044-03-15 12:00:00.5 BC', '12026-11-23 09:30:00', ''),
  ),
  date: fc.constantFrom('2026-11-23', '-infinity', '0044-03-15 BC', '12026-11-23'),
  time: fc.constantFrom('09:30:00', '23:59:59.999999', '24:00:00', ''),
  json: fc.oneof(fc.json(), fc.constantFrom(...hostileJson)),
}

/** A table of any width, with any types, NULLs among its values. */
const tables = fc
  .array(fc.constantFrom(...namesOf(columnTypes)), { minLength: 1, maxLength: 8 })
  .chain((types) =>
    fc.tuple(
      fc.constant(types),
      fc.array(fc.tuple(...types.map((type) => fc.option(valuesOf[type]))), { minLength: 1 }),
    ),
  )

describe('the two formats of rows', () => {
  test.each(['\n', '\r\n'] as const)(
    'WebAssembly and csv-stringify write the same bytes for random tables, with line end %j',
    (lineEnd) => {
      fc.assert(
        fc.property(tables, ([types, rows]) => {
          const columns = types.map(column)
          // The read adds a value after the columns of the file; it is not written.
          const block = rowBlock(rows.map((row) => [...row, 'no column of the file']))
          const noted = { fast: new Set<string>(), slow: new Set<string>() }
          const fast = rowFormat(columns, { lineEnd }, (name) => noted.fast.add(name))(block)
          const slow = stringifyFormat(columns, { lineEnd }, (name) => noted.slow.add(name))(block)
          expect(fast.toString('latin1')).toBe(slow.toString('latin1'))
          expect([...noted.fast].toSorted()).toEqual([...noted.slow].toSorted())
        }),
        { numRuns: 1_000 },
      )
    },
  )

  test('one format writes larger and smaller blocks, one after the other', () => {
    const columns = [column('string', 0), column('datetime', 1)]
    const format = rowFormat(columns, { lineEnd: '\n' })
    for (const size of [10, 100_000, 1, 1_000_000, 0]) {
      const block = rowBlock([[`"${'x'.repeat(size)}`, '2026-11-23 09:30:00+00']])
      const made = format(block).toString()
      expect(made).toBe(stringifyFormat(columns, { lineEnd: '\n' }, () => {})(block).toString())
    }
  })

  test('both formats write each of 768 characters in the same way, alone and within a value', () => {
    const columns = [column('string', 0), column('json', 1)]
    const signs = Array.from({ length: 0x300 }, (_, code) => String.fromCodePoint(code))
    const block = rowBlock(signs.map((sign): RawRow => [sign, `a${sign}b`]))
    const fast = rowFormat(columns, { lineEnd: '\n' })(block).toString()
    expect(fast).toBe(stringifyFormat(columns, { lineEnd: '\n' }, () => {})(block).toString())
    expect(rowsOf(block)).toHaveLength(signs.length)
  })
})

describe('a dialect that WebAssembly lacks', () => {
  const columns = [column('string', 0), column('string', 1)]
  const written = (rows: RawRow[], dialect: object) =>
    rowFormat(columns, { lineEnd: '\n', ...dialect })(rowBlock(rows)).toString()

  test('a value with the delimiter is quoted if the delimiter is no comma, and a value with a comma is not', () => {
    expect(written([['a;b', 'c,d']], { delimiter: ';' })).toBe('"a;b";c,d\n')
  })

  test('every value except NULL is quoted if the dialect says so', () => {
    expect(written([['a', null]], { quoteAll: true })).toBe('"a",\n')
    expect(written([['', '\n']], { quoteAll: true })).toBe('"","\n"\n')
  })

  test('a formula gets an apostrophe if the dialect says so', () => {
    expect(written([['=1+1', 'x']], { escapeFormulas: true })).toBe("'=1+1,x\n")
    expect(written([["'=1+1", "'x"]], { escapeFormulas: true })).toBe("''=1+1,'x\n")
  })

  test('values with harmless formulas are got back by the rule of docs/how-to/register.md', () => {
    const [, rule = ''] =
      /each value that matches `([^`]+)`/.exec(readFileSync('docs/how-to/register.md', 'utf8')) ?? []
    const matches = new RegExp(rule, 'u')
    const sign = fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠', 'x')
    const value = fc.oneof(text, fc.string({ unit: sign }))
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1 }), (rows) => {
        const parsed = parse(written(rows, { escapeFormulas: true, quoteAll: true }), { record_delimiter: '\n' })
        for (const escaped of parsed.flat()) expect(escaped).not.toMatch(/^[=+\-@\t\r＝＋－＠]/)
        expect(parsed).toEqual(rows.map((row) => row.map(escapeFormulas)))
        expect(parsed.map((row) => row.map((each) => (matches.test(each) ? each.slice(1) : each)))).toEqual(rows)
      }),
      { numRuns: 1_000 },
    )
  })
})

test('wasm-bytes.ts is compiled from write-rows.ts as it is now', async () => {
  // A script without types.
  const { compileWriteRows } = (await import(
    new URL('../../../src/csv/rows/assembly/compile.mjs', import.meta.url).href
  )) as {
    compileWriteRows: () => Promise<Buffer>
  }
  expect(wasmBytes, 'run `npm run wasm`').toBe((await compileWriteRows()).toString('base64'))
})
