import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvFiles } from '../../src/csv/csv-files.js'
import { RowReader } from '../../src/csv/row-reader.js'
import type { Column } from '../../src/domain/entity.js'
import { defaultFileFormat, type FileFormat } from '../../src/domain/file-format.js'
import type { RawRow, RowBlock } from '../../src/domain/rows.js'
import { rowBlock } from '../support/postgres/row-block.js'

const columns: Column[] = ['a', 'b'].map((name) => ({ name, type: 'string', description: '', nullable: true }))

interface Made {
  readonly content: Buffer
  readonly rows: number
}

async function* inBlocks(rows: readonly RawRow[]): AsyncGenerator<RowBlock> {
  for (let start = 0; start < rows.length; start += 50) yield rowBlock(rows.slice(start, start + 50))
}

async function filesOf(rows: readonly RawRow[], format: Partial<FileFormat>): Promise<Made[]> {
  const made: Made[] = []
  const options = { lineEnd: '\n' as const, format: { ...defaultFileFormat, ...format } }
  for await (const file of csvFiles(columns, inBlocks(rows), options)) {
    const chunks: Buffer[] = []
    for await (const chunk of file.chunks) chunks.push(Buffer.from(chunk))
    const content = Buffer.concat(chunks)
    const { rows: counted, bytes } = file.totals()
    expect(bytes).toBe(content.length)
    expect(file.sha256()).toBe(createHash('sha256').update(content).digest('hex'))
    made.push({ content, rows: counted })
  }
  return made
}

const recordsOf = (content: Buffer, delimiter = ','): string[][] => parse(content, { delimiter })

/** Rows that are hard to cut and hard to compress. */
const hard = (count: number): RawRow[] =>
  Array.from({ length: count }, (_, index) => [`${index} "\n"`, `${randomBytes(300).toString('base64')},\n"`])

describe('a file that is split', () => {
  test.each(['NONE', 'GZIP'] as const)(
    'file parts have at most the given size and a header row, and no row is cut: %s',
    async (compression) => {
      const rows = hard(8000)
      const files = await filesOf(rows, { compression, maxPartMegabytes: 1 })
      expect(files.length).toBeGreaterThanOrEqual(3)
      const plain = files.map(({ content }) => (compression === 'GZIP' ? gunzipSync(content) : content))
      for (const [index, { content }] of files.entries()) {
        expect(content.length).toBeLessThanOrEqual(1_000_000)
        // Every file part except the last one is nearly full.
        if (index < files.length - 1) expect(content.length).toBeGreaterThan(compression === 'NONE' ? 990_000 : 700_000)
      }
      const records = plain.map((content) => recordsOf(content))
      expect(records.map(([header]) => header)).toEqual(files.map(() => ['a', 'b']))
      expect(records.map(({ length }) => length - 1)).toEqual(files.map((file) => file.rows))
      expect(records.flatMap(([, ...data]) => data)).toEqual(rows)
    },
  )

  test('a small file and a file without rows have one file part', async () => {
    expect(await filesOf([], { maxPartMegabytes: 1 })).toEqual([{ content: Buffer.from('a,b\n'), rows: 0 }])
    expect(await filesOf([['1', null]], { maxPartMegabytes: 1 })).toEqual([
      { content: Buffer.from('a,b\n1,\n'), rows: 1 },
    ])
  })

  test.each(['NONE', 'GZIP'] as const)('a row that is too large gets its own file part: %s', async (compression) => {
    const large = randomBytes(1_500_000).toString('hex')
    const rows = [
      ['1', 'small'],
      ['2', large],
      ['3', 'small'],
      ['4', large],
    ]
    const files = await filesOf(rows, { compression, maxPartMegabytes: 1 })
    expect(files.map((file) => file.rows)).toEqual([1, 1, 1, 1])
  })

  test('a reader that stops early ends the reading of rows', async () => {
    let ended = false
    async function* source(): AsyncGenerator<RowBlock> {
      try {
        while (true) yield rowBlock(hard(50))
      } finally {
        ended = true
      }
    }
    const options = { lineEnd: '\n' as const, format: { ...defaultFileFormat, maxPartMegabytes: 1 } }
    for await (const { chunks } of csvFiles(columns, source(), options)) {
      for await (const chunk of chunks) expect(chunk.length).toBeGreaterThan(0)
      break
    }
    await expect.poll(() => ended).toBe(true)
  })
})

test('rows are the same wherever the chunks are cut', async () => {
  const field = fc.constantFrom('a', 'b\n', '"', ',', '\r\n', 'é')
  await fc.assert(
    fc.asyncProperty(fc.array(field, { minLength: 1 }), fc.integer({ min: 1, max: 9 }), async (fields, size) => {
      const lines = fields.map((each) => `"${each.replaceAll('"', '""')}",x\n`)
      const all = Buffer.from(lines.join(''))
      async function* chunks(): AsyncGenerator<Buffer> {
        // The same memory again and again, as csvFile does it.
        const memory = Buffer.alloc(size)
        for (let start = 0; start < all.length; start += size)
          yield memory.subarray(0, all.copy(memory, 0, start, start + size))
      }
      const reader = new RowReader(chunks())
      const taken: string[] = []
      while (await reader.hasMore()) taken.push(reader.takeOne().bytes.toString())
      expect(taken).toEqual(lines)
    }),
  )
})

describe('a file that is compressed', () => {
  test('a compressed file is one gzip stream of the same bytes', async () => {
    const rows = hard(3000)
    const [plain] = await filesOf(rows, {})
    const [zipped, ...more] = await filesOf(rows, { compression: 'GZIP' })
    expect(more).toEqual([])
    expect(zipped?.rows).toBe(3000)
    expect(gunzipSync(zipped!.content).equals(plain!.content)).toBe(true)
  })

  test('an error of the rows is the error of the compressed files', async () => {
    async function* failing(): AsyncGenerator<RowBlock> {
      yield rowBlock(hard(50))
      throw new Error('the source broke off')
    }
    const reading = async () => {
      const options = { lineEnd: '\n' as const, format: { ...defaultFileFormat, compression: 'GZIP' as const } }
      for await (const { chunks } of csvFiles(columns, failing(), options)) for await (const chunk of chunks) void chunk
    }
    await expect(reading()).rejects.toThrow('the source broke off')
  })
})

describe('a dialect', () => {
  test('a file with semicolons and quotes around all values except NULL loads back as the same rows', async () => {
    const rows = [
      ['1;2', null],
      ['', 'x"y'],
      [null, ''],
    ]
    const [file] = await filesOf(rows, { delimiter: 'SEMICOLON', quoting: 'ALL' })
    expect(file?.content.toString()).toBe('"a";"b"\n"1;2";\n"";"x""y"\n;""\n')
    expect(recordsOf(file!.content, ';').slice(1)).toEqual(rows.map((row) => row.map((value) => value ?? '')))
  })

  test('escaping formulas changes only values that are formulas', async () => {
    const [file] = await filesOf(
      [
        ['=1+1', '-5'],
        ['@x', 'plain'],
      ],
      { escapeFormulas: true },
    )
    expect(file?.content.toString()).toBe("a,b\n'=1+1,'-5\n'@x,plain\n")
  })
})
