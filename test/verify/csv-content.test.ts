import { describe, expect, test } from 'vitest'
import { createCsvReader, type CsvReaderOptions } from '../../src/verify/csv-content.js'

const form = { key: ['code'], tenantColumn: 'tenant_code', tenantId: 'acme' }

/** In pieces of so many bytes, whatever they cut in two. */
async function* pieces(text: string, bytes: number): AsyncGenerator<Buffer> {
  const all = Buffer.from(text)
  for (let start = 0; start < all.length; start += bytes) yield all.subarray(start, start + bytes)
}

async function readCsv(file: AsyncIterable<Buffer>, csvForm: CsvReaderOptions) {
  const reader = createCsvReader(csvForm)!
  return { ...(await reader.read(file)), ...reader.end() }
}

const read = (text: string, bytes = 1000) => readCsv(pieces(text, bytes), form)

describe('the independent reader', () => {
  const rows = [
    ['a', 'acme', '', null],
    ['b', 'acme', null, ''],
    ['c', 'acme', 'x,"",y', null],
    ['d', 'acme', 'two\nlines, "quoted"', ''],
    ['é', '日本', null, '{"a": ""}'],
    ['', 'acme', null, null],
  ]
  const lines = [
    'code,tenant_code,one,other',
    'a,acme,"",',
    'b,acme,,""',
    'c,acme,"x,"""",y",',
    'd,acme,"two\nlines, ""quoted""",""',
    'é,日本,,"{""a"": """"}"',
    '"",acme,,',
    '',
  ]

  test.each([1, 2, 7, 1000])(
    'the reader distinguishes NULL from the empty string, in pieces of %d bytes (promise 12)',
    async (bytes) => {
      for (const lineEnd of ['\n', '\r\n']) {
        const content = await read(lines.join(lineEnd), bytes)
        expect(content).toMatchObject({ rows: 6, isUtf8: true, endsWithLineEnd: true, broken: undefined })
        expect(content).toMatchObject({ unevenRows: 0, foreignRows: 1, repeatedKeys: 0 })
        expect(content.header).toEqual(['code', 'tenant_code', 'one', 'other'])
        for (const row of rows) {
          expect(content.hashes.has(row), JSON.stringify(row)).toBe(true)
          const other = row.map((value) => (value === '' ? null : (value ?? '')))
          expect(content.hashes.has(other), JSON.stringify(other)).toBe(false)
        }
      }
    },
  )

  test('the reader finds no header in an empty file, and no row in a file with only a header', async () => {
    expect(await read('')).toMatchObject({ rows: 0, bytes: 0, header: undefined, endsWithLineEnd: false })
    expect(await read('code\n')).toMatchObject({ rows: 0, header: ['code'], endsWithLineEnd: true })
  })

  test('the reader counts uneven rows, rows of other tenants and repeated keys', async () => {
    const content = await read('code,tenant_code\na,acme\nb,other\na,acme\nc\nd,acme,more\n')
    expect(content).toMatchObject({ rows: 5, unevenRows: 2, foreignRows: 2, repeatedKeys: 1 })
  })

  test('the reader finds a character that is cut off, and an invalid byte', async () => {
    const cut = Buffer.from('code\né').subarray(0, -1)
    const whole = async function* (bytes: Buffer) {
      yield bytes
    }
    expect(await readCsv(whole(cut), form)).toMatchObject({ isUtf8: false })
    expect(await readCsv(whole(Buffer.from([0x61, 0xff, 0x0a])), form)).toMatchObject({ isUtf8: false })
  })

  test('the reader stops at a broken record without quoting it, and still has size and checksum', async () => {
    const text = `code,tenant_code\na,"never closed\n${'secret\n'.repeat(1000)}`
    const content = await read(text, 100)
    expect(content.broken).toMatch(/^CSV_\w+ in line \d+$/)
    expect(content.bytes).toBe(Buffer.byteLength(text))
    const early = await read('code\n"a"b\nmore\n', 3)
    expect(early.broken).toBe('CSV_INVALID_CLOSING_QUOTE in line 2')
    expect(early.bytes).toBe(15)
  })
})
