import type { Column } from '../domain/entity.js'
import { delimiterCharacters, type FileFormat } from '../domain/file-format.js'
import type { RowBlock } from '../domain/rows.js'
import { compressed } from './compress.js'
import { counted, type CsvFile, csvContent } from './csv-file.js'
import type { NoteIrregular } from './irregular.js'
import { csvParts } from './parts.js'

export interface CsvFilesOptions {
  readonly lineEnd: '\n' | '\r\n'
  readonly format: FileFormat
  readonly onIrregular?: NoteIrregular
}

/**
 * The rows as the files that a format makes of them: one, or as many parts as it takes. Each is to be read to its end
 * before the next is asked for. Their `bytes` and checksums are of what comes out, compressed or not.
 */
export async function* csvFiles(
  columns: readonly Column[],
  blocks: AsyncIterable<RowBlock>,
  { lineEnd, format, onIrregular }: CsvFilesOptions,
): AsyncGenerator<CsvFile, void, undefined> {
  const { compression, maxPartMegabytes, delimiter, quoting, escapeFormulas } = format
  const dialect = { delimiter: delimiterCharacters[delimiter], quoteAll: quoting === 'ALL', escapeFormulas }
  const csv = csvContent(columns, blocks, { lineEnd, ...dialect, ...(onIrregular && { onIrregular }) })
  if (maxPartMegabytes !== null) {
    for await (const part of csvParts(csv.chunks, { compression, maxPartMegabytes })) yield counted(part)
  } else if (compression === 'NONE') yield counted(csv)
  else yield counted({ ...csv, chunks: compressed(csv.chunks, compression) })
}
