import type { Column } from '../domain/entity.js'
import { delimiterCharacters, type FileFormat } from '../domain/file-format.js'
import type { RowBlock } from '../domain/rows.js'
import type { Encoder } from '../domain/encoder.js'
import { type CsvContent, csvContent } from './csv-content.js'
import { csvFile, type CsvFile } from './csv-file.js'
import { encoded } from './encoders/encoded.js'
import { type Encoding, openEncoding } from './encoders/encoding.js'
import { fileParts } from './file-parts.js'
import type { NoteIrregular } from './rows/row-format.js'

export interface CsvFilesOptions {
  readonly lineEnd: '\n' | '\r\n'
  readonly format: FileFormat
  readonly onIrregular?: NoteIrregular
  /** Opens the encoder that encrypts one file; files are not encrypted by default. */
  readonly encrypt?: (() => Encoder) | undefined
}

/**
 * The rows as the files of a format: one file, or as many file parts as the rows need. Each is to be read to its end before
 * the next is requested. `bytes` and `sha256` are those of the bytes as they are stored: compressed, encrypted, or both.
 */
export async function* csvFiles(
  columns: readonly Column[],
  blocks: AsyncIterable<RowBlock>,
  { lineEnd, format, onIrregular, encrypt }: CsvFilesOptions,
): AsyncGenerator<CsvFile, void, undefined> {
  const { compression, maxPartMegabytes, delimiter, quoting, escapeFormulas } = format
  const dialect = { delimiter: delimiterCharacters[delimiter], quoteAll: quoting === 'ALL', escapeFormulas }
  const csv = csvContent(columns, blocks, { lineEnd, ...dialect, ...(onIrregular && { onIrregular }) })
  const open = (): Encoding | undefined => openEncoding({ compression, encrypt })
  if (maxPartMegabytes !== null) {
    for await (const filePart of fileParts(csv.chunks, { open, maxPartMegabytes })) yield csvFile(filePart)
  } else if (compression === 'NONE' && !encrypt) yield csvFile(csv)
  else yield csvFile(encodedContent(csv, open))
}

/** The encoding is opened with the first chunk, and freed with the last. */
function encodedContent(csv: CsvContent, open: () => Encoding | undefined): CsvContent {
  let encoding: Encoding | undefined
  const opened = (): Encoder => {
    encoding = open()
    if (!encoding) throw new Error('a file without an encoding is stored as it is')
    return encoding.encoder
  }
  return { ...csv, chunks: encoded(csv.chunks, opened), content: () => encoding?.content() }
}
