import { createHash } from 'node:crypto'
import type { Column } from '../domain/entity.js'
import { delimiterCharacters, type FileFormat } from '../domain/file-format.js'
import type { RowBlock } from '../domain/rows.js'
import { compressed } from './compress.js'
import { type CsvFile, csvFile } from './csv-file.js'
import { csvParts } from './parts.js'

export interface CsvFilesOptions {
  readonly lineEnd: '\n' | '\r\n'
  readonly format: FileFormat
}

/**
 * The rows as the files that a format makes of them: one, or as many parts as it takes. Each is to be read to its end
 * before the next is asked for. Their `bytes` and checksums are of what comes out, compressed or not.
 */
export async function* csvFiles(
  columns: readonly Column[],
  blocks: AsyncIterable<RowBlock>,
  { lineEnd, format }: CsvFilesOptions,
): AsyncGenerator<CsvFile, void, undefined> {
  const { compression, maxPartMegabytes, delimiter, quoting, escapeFormulas } = format
  const dialect = { delimiter: delimiterCharacters[delimiter], quoteAll: quoting === 'ALL', escapeFormulas }
  const csv = csvFile(columns, blocks, { lineEnd, ...dialect })
  if (maxPartMegabytes !== null) {
    for await (const part of csvParts(csv.chunks, { compression, maxPartMegabytes })) {
      yield counted(part.chunks, () => part.rows())
    }
  } else if (compression === 'NONE') yield csv
  else yield counted(compressed(csv.chunks, compression), () => csv.totals().rows)
}

function counted(source: AsyncIterable<Buffer>, rows: () => number): CsvFile {
  const hash = createHash('sha256')
  let bytes = 0
  let digest: string | undefined
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of source) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
    digest = hash.digest('hex')
  }
  return {
    chunks: chunks(),
    totals: () => ({ rows: rows(), bytes }),
    sha256() {
      if (digest === undefined) throw new Error('The checksum is not known before all chunks have been read.')
      return digest
    },
  }
}
