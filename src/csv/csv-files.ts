import type { Column } from '../domain/entity.js'
import { delimiterCharacters, type FileFormat } from '../domain/file-format.js'
import type { RowBlock } from '../domain/rows.js'
import { compressed } from './compress.js'
import { csvContent } from './csv-content.js'
import { csvFile, type CsvFile } from './csv-file.js'
import { fileParts } from './file-parts.js'
import type { NoteIrregular } from './rows/row-format.js'

export interface CsvFilesOptions {
  readonly lineEnd: '\n' | '\r\n'
  readonly format: FileFormat
  readonly onIrregular?: NoteIrregular
}

/**
 * The rows as the files of a format: one file, or as many file parts as the rows need. Each is to be read to its end before
 * the next is requested. `bytes` and `sha256` are those of the compressed bytes if the format has compression.
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
    for await (const filePart of fileParts(csv.chunks, { compression, maxPartMegabytes })) yield csvFile(filePart)
  } else if (compression === 'NONE') yield csvFile(csv)
  else yield csvFile({ ...csv, chunks: compressed(csv.chunks, compression) })
}
