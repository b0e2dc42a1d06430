import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { csvFiles } from '../../src/csv/csv-files.js'
import type { Column } from '../../src/domain/entity.js'
import { defaultFileFormat, type FileFormat } from '../../src/domain/file-format.js'
import type { RawRow, RowBlock } from '../../src/domain/rows.js'
import { parseKey } from '../../src/pgp/parse-key.js'
import { pgpEncoder } from '../../src/pgp/pgp-encoder.js'
import { GpgHome } from '../support/pgp/gpg.js'
import { rowBlock } from '../support/postgres/row-block.js'

let gpg: GpgHome
let recipients: Parameters<typeof pgpEncoder>[0]['recipients']
beforeAll(async () => {
  gpg = await GpgHome.open()
  recipients = [await parseKey(await gpg.export(await gpg.generate('tenant')))]
})
afterAll(() => gpg[Symbol.asyncDispose]())

const columns: Column[] = ['a', 'b'].map((name) => ({ name, type: 'string', description: '', nullable: true }))

async function* inBlocks(rows: readonly RawRow[]): AsyncGenerator<RowBlock> {
  for (let start = 0; start < rows.length; start += 50) yield rowBlock(rows.slice(start, start + 50))
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** The encrypted files of rows, each with what gpg gives back. */
async function filesOf(rows: readonly RawRow[], format: Partial<FileFormat>) {
  const made: { stored: Buffer; content: Buffer; rows: number }[] = []
  const encrypt = () => pgpEncoder({ recipients, signingKey: undefined })
  const options = { lineEnd: '\n' as const, format: { ...defaultFileFormat, ...format }, encrypt }
  for await (const file of csvFiles(columns, inBlocks(rows), options)) {
    const chunks: Buffer[] = []
    for await (const chunk of file.chunks) chunks.push(Buffer.from(chunk))
    const stored = Buffer.concat(chunks)
    const { content } = await gpg.decrypt(stored)
    expect(file.totals().bytes).toBe(stored.length)
    expect(file.sha256()).toBe(sha256(stored))
    expect(file.content()).toEqual({ bytes: content.length, sha256: sha256(content) })
    made.push({ stored, content, rows: file.totals().rows })
  }
  return made
}

const hard = (count: number): RawRow[] =>
  Array.from({ length: count }, (_, index) => [`${index} "\n"`, `${randomBytes(300).toString('base64')},\n"`])

describe('an encrypted CSV file', () => {
  test.each(['NONE', 'GZIP'] as const)(
    'gpg gives back the compressed CSV file, whose size and checksum are known: %s',
    async (compression) => {
      const rows = hard(2000)
      const [file, ...more] = await filesOf(rows, { compression })
      expect(more).toEqual([])
      const csv = compression === 'GZIP' ? gunzipSync(file!.content) : file!.content
      expect(parse(csv)).toEqual([['a', 'b'], ...rows])
      expect(file!.rows).toBe(2000)
    },
  )

  test('a file without rows is an encrypted header row (promise 9)', async () => {
    const [file] = await filesOf([], {})
    expect(file!.content.toString()).toBe('a,b\n')
  })

  test.each(['NONE', 'GZIP'] as const)(
    'encrypted file parts have at most the given size on the server, and no row is cut: %s',
    async (compression) => {
      const rows = hard(8000)
      const files = await filesOf(rows, { compression, maxPartMegabytes: 1 })
      expect(files.length).toBeGreaterThanOrEqual(3)
      for (const [index, { stored }] of files.entries()) {
        expect(stored.length).toBeLessThanOrEqual(1_000_000)
        if (index < files.length - 1) expect(stored.length).toBeGreaterThan(compression === 'NONE' ? 960_000 : 700_000)
      }
      const csv = files.map(({ content }) => (compression === 'GZIP' ? gunzipSync(content) : content))
      expect(csv.flatMap((each) => parse(each).slice(1))).toEqual(rows)
    },
  )
})
