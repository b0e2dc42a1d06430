import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fastFormat } from '../../src/csv/fast-format.js'
import { stringifyFormat } from '../../src/csv/format.js'
import { rowFormatWasm } from '../../src/csv/row-format-wasm.js'
import { type Column, type ColumnType, columnTypes } from '../../src/domain/entity.js'
import { type RawRow, rowsOf } from '../../src/domain/rows.js'
import { hostileJson, hostileTexts } from '../../dev/sample-data/hostile-values.js'
import { escapeFormulas } from '../../src/verify/formulas.js'
import { rowBlock } from '../support/row-block.js'

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
  .array(fc.constantFrom(...columnTypes), { minLength: 1, maxLength: 8 })
  .chain((types) =>
    fc.tuple(
      fc.constant(types),
      fc.array(fc.tuple(...types.map((type) => fc.option(valuesOf[type]))), { minLength: 1 }),
    ),
  )

describe('two ways to the same bytes', () => {
  test.each(['\n', '\r\n'] as const)('the fast format and csv-stringify, with line end %j', (lineEnd) => {
    fc.assert(
      fc.property(tables, ([types, rows]) => {
        const columns = types.map(column)
        // A value behind the file's columns is for whoever reads it, not for the file.
        const block = rowBlock(rows.map((row) => [...row, 'no column of the file']))
        const noted = { fast: new Set<string>(), slow: new Set<string>() }
        const fast = fastFormat(columns, lineEnd, (name) => noted.fast.add(name))(block)
        const slow = stringifyFormat(columns, { lineEnd }, (name) => noted.slow.add(name))(block)
        expect(fast.toString('latin1')).toBe(slow.toString('latin1'))
        expect([...noted.fast].toSorted()).toEqual([...noted.slow].toSorted())
      }),
      { numRuns: 1_000 },
    )
  })

  test('a format is used for one block after the other, larger ones and smaller ones', () => {
    const columns = [column('string', 0), column('datetime', 1)]
    const format = fastFormat(columns, '\n')
    for (const size of [10, 100_000, 1, 1_000_000, 0]) {
      const block = rowBlock([[`"${'x'.repeat(size)}`, '2026-11-23 09:30:00+00']])
      const made = format(block).toString()
      expect(made).toBe(stringifyFormat(columns, { lineEnd: '\n' })(block).toString())
    }
  })

  test('every sign that may stand in a value, alone and in the middle', () => {
    const columns = [column('string', 0), column('json', 1)]
    const signs = Array.from({ length: 0x300 }, (_, code) => String.fromCodePoint(code))
    const block = rowBlock(signs.map((sign): RawRow => [sign, `a${sign}b`]))
    const fast = fastFormat(columns, '\n')(block).toString()
    expect(fast).toBe(stringifyFormat(columns, { lineEnd: '\n' })(block).toString())
    expect(rowsOf(block)).toHaveLength(signs.length)
  })
})

describe('a dialect that the fast format does not have', () => {
  const columns = [column('string', 0), column('string', 1)]
  const written = (rows: RawRow[], dialect: object) =>
    stringifyFormat(columns, { lineEnd: '\n', ...dialect })(rowBlock(rows)).toString()

  test('another delimiter: it is quoted, a comma is not', () => {
    expect(written([['a;b', 'c,d']], { delimiter: ';' })).toBe('"a;b";c,d\n')
  })

  test('quotes around everything but NULL', () => {
    expect(written([['a', null]], { quoteAll: true })).toBe('"a",\n')
    expect(written([['', '\n']], { quoteAll: true })).toBe('"","\n"\n')
  })

  test('formulas made harmless', () => {
    expect(written([['=1+1', 'x']], { escapeFormulas: true })).toBe("'=1+1,x\n")
    expect(written([["'=1+1", "'x"]], { escapeFormulas: true })).toBe("''=1+1,'x\n")
  })

  test('values with harmless formulas are got back by the rule that the README gives', () => {
    const [, rule = ''] = /each that matches `([^`]+)`/.exec(readFileSync('README.md', 'utf8')) ?? []
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

test('the compiled format is that of its source', async () => {
  // A script, without types of its own.
  const { compileRowFormat } = (await import(new URL('../../scripts/wasm/compile.mjs', import.meta.url).href)) as {
    compileRowFormat: () => Promise<Buffer>
  }
  expect(rowFormatWasm, 'run `npm run wasm`').toBe((await compileRowFormat()).toString('base64'))
})
