import { createHash } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Column, ColumnType } from '../../src/domain/entity.js'
import { csvContent } from '../../src/csv/csv-content.js'
import { csvFile, type CsvFile } from '../../src/csv/csv-file.js'
import type { RawRow, RowBlock } from '../../src/domain/rows.js'
import { rowBlock } from '../support/postgres/row-block.js'

const column = (name: string, type: ColumnType = 'string'): Column => ({ name, type, description: '', nullable: true })
const lf = { lineEnd: '\n' } as const

async function* inBlocks(rows: RawRow[], size = 7): AsyncGenerator<RowBlock> {
  for (let start = 0; start < rows.length; start += size) yield rowBlock(rows.slice(start, start + size))
}

async function bytesOf(file: CsvFile): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of file.chunks) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function csv(columns: Column[], rows: RawRow[], options: { lineEnd: '\n' | '\r\n' } = lf): Promise<string> {
  return (await bytesOf(csvFile(csvContent(columns, inBlocks(rows), options)))).toString()
}

describe('the form of a file (promise 12)', () => {
  const two = [column('a'), column('b')]

  test('a file without rows is the header row', async () => {
    expect(await csv(two, [])).toBe('a,b\n')
    expect(await csv([column('a,"b"'), column('c')], [])).toBe('"a,""b""",c\n')
  })

  test('NULL is an empty field, and the empty string is quoted', async () => {
    expect(
      await csv(two, [
        ['', null],
        [null, ''],
        [null, null],
      ]),
    ).toBe('a,b\n"",\n,""\n,\n')
  })

  test.each([
    ['a comma', 'x,y', '"x,y"'],
    ['a quote', 'say "x"', '"say ""x"""'],
    ['a line feed', 'x\ny', '"x\ny"'],
    ['a lone carriage return', 'x\ry', '"x\ry"'],
    ['a carriage return and a line feed', 'x\r\ny', '"x\r\ny"'],
    ["COPY's end of data", '\\.', '"\\."'],
    ['blanks at the ends, unquoted', ' x ', ' x '],
    ['a formula, unchanged', '=1+1', '=1+1'],
    ['the word NULL', 'NULL', 'NULL'],
    ['letters of all kinds', 'žluťoučký 🐎 שלום', 'žluťoučký 🐎 שלום'],
  ])('CSV has the right field for %s', async (_, value, field) => {
    expect(await csv(two, [[value, 'z']])).toBe(`a,b\n${field},z\n`)
    expect(await csv(two, [['z', value]], { lineEnd: '\r\n' })).toBe(`a,b\r\nz,${field}\r\n`)
  })

  test('NULL in the only column is an empty line, as COPY writes it', async () => {
    expect(await csv([column('a')], [[null], [''], ['\\.'], ['x']])).toBe('a\n\n""\n"\\."\nx\n')
  })

  test('a file starts without a byte order mark', async () => {
    expect((await bytesOf(csvFile(csvContent(two, inBlocks([]), lf))))[0]).toBe('a'.charCodeAt(0))
  })
})

describe('values by type (promise 12)', () => {
  test.each<[ColumnType, string, string]>([
    ['boolean', 't', 'true'],
    ['boolean', 'f', 'false'],
    ['string', 't', 't'],
    ['string', '2026-11-23 09:30:00+00', '2026-11-23 09:30:00+00'],
    ['datetime', '2026-11-23 09:30:00+00', '2026-11-23T09:30:00Z'],
    ['datetime', '2026-11-23 09:30:00.123456+00', '2026-11-23T09:30:00.123456Z'],
    ['datetime', '2026-11-23 09:30:00.1+00', '2026-11-23T09:30:00.1Z'],
    ['datetime', '12026-11-23 09:30:00+00', '12026-11-23T09:30:00Z'],
    ['datetime', 'infinity', 'infinity'],
    ['datetime', '-infinity', '-infinity'],
    ['datetime', '0044-03-15 12:00:00+00 BC', '0044-03-15 12:00:00+00 BC'],
    ['date', '2026-11-23', '2026-11-23'],
    ['date', '0044-03-15 BC', '0044-03-15 BC'],
    ['number', '12345678901234567890.10', '12345678901234567890.10'],
    ['number', 'NaN', 'NaN'],
    ['number', '-1e-07', '-1e-07'],
    ['integer', '-9223372036854775808', '-9223372036854775808'],
    ['json', '{"a": 1.0}', '"{""a"": 1.0}"'],
  ])('a value of the type %s is written as Postgres prints it: %s', async (type, value, field) => {
    expect(await csv([column('v', type), column('w')], [[value, null]])).toBe(`v,w\n${field},\n`)
  })

  test('NULL stays NULL in every type, and the given rows do not change', async () => {
    const columns = (['boolean', 'datetime', 'json', 'number'] as const).map((type) => column(type, type))
    expect(await csv(columns, [[null, null, null, null]])).toBe('boolean,datetime,json,number\n,,,\n')
    const rows: RawRow[] = [['t', '2026-11-23 09:30:00+00', '{}', '1']]
    await csv(columns, rows)
    expect(rows).toEqual([['t', '2026-11-23 09:30:00+00', '{}', '1']])
  })
})

describe('chunks and totals', () => {
  test('many small rows come in chunks of equal size, counted and hashed', async () => {
    const rows: RawRow[] = Array.from({ length: 20_000 }, (_, n) => [`row ${n} ü`, '€'.repeat(40)])
    const file = csvFile(csvContent([column('a'), column('b')], inBlocks(rows, 500), lf))
    expect(() => file.sha256()).toThrow()
    const sizes: number[] = []
    const hash = createHash('sha256')
    let text = ''
    for await (const chunk of file.chunks) {
      sizes.push(chunk.length)
      hash.update(chunk)
      text += chunk.toString('latin1')
      expect(file.totals().bytes).toBe(text.length)
    }
    expect(new Set(sizes.slice(0, -1))).toEqual(new Set([261_120]))
    expect(file.totals()).toEqual({ rows: 20_000, bytes: text.length })
    expect(file.sha256()).toBe(hash.digest('hex'))
    expect(Buffer.from(text, 'latin1').toString()).toBe(`a,b\n${rows.map((row) => `${row.join(',')}\n`).join('')}`)
  })

  test('a value larger than several chunks is whole, also with characters across chunk borders', async () => {
    const huge = '€🐎'.repeat(200_000)
    expect(
      await csv(
        [column('a'), column('b')],
        [
          [huge, 'z'],
          ['y', huge],
        ],
      ),
    ).toBe(`a,b\n${huge},z\ny,${huge}\n`)
  })

  test('rows are requested only when chunks are', async () => {
    let asked = 0
    async function* endless(): AsyncGenerator<RowBlock> {
      while (true) {
        asked += 1
        yield rowBlock(Array.from({ length: 100 }, () => ['x'.repeat(1_000)]))
      }
    }
    const chunks = csvFile(csvContent([column('a')], endless(), lf)).chunks[Symbol.asyncIterator]()
    expect(asked).toBe(0)
    await chunks.next()
    expect(asked).toBeLessThan(5)
    await chunks.return?.()
  })

  test('an error of the rows is the error of the chunks', async () => {
    async function* failing(): AsyncGenerator<RowBlock> {
      yield rowBlock([['x']])
      throw new Error('source')
    }
    const file = csvFile(csvContent([column('a')], failing(), lf))
    await expect(bytesOf(file)).rejects.toThrow('source')
    expect(() => file.sha256()).toThrow()
  })
})

describe('an independent reader gets back what was written (promise 12)', () => {
  const hostile = fc.constantFrom(
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
    '﻿',
  )
  const value = fc.option(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(hostile).map((parts) => parts.join('')),
    ),
  )

  test.each(['\n', '\r\n'] as const)(
    'an independent reader gets back what was written with line end %j',
    async (lineEnd) => {
      const tables = fc
        .integer({ min: 2, max: 6 })
        .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: 1 }))
      await fc.assert(
        fc.asyncProperty(tables, fc.integer({ min: 1, max: 300 }), async (rows, size) => {
          const columns = rows[0]!.map((_, index) => column(`c${index}`))
          const bytes = await bytesOf(csvFile(csvContent(columns, inBlocks(rows, size), { lineEnd })))
          const read = parse(bytes, {
            record_delimiter: lineEnd,
            cast: (text, { quoting }) => (text === '' && !quoting ? null : text),
          })
          expect(read).toEqual([columns.map(({ name }) => name), ...rows])
        }),
        { numRuns: 300 },
      )
    },
  )
})
