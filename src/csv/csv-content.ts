import type { FileContent } from '../domain/encryption.js'
import type { Column } from '../domain/entity.js'
import type { RowBlock } from '../domain/rows.js'
import { Chunker } from './chunker.js'
import type { CsvDialect } from './csv-dialect.js'
import { type NoteIrregular, rowFormat } from './rows/row-format.js'
import { stringifyRows } from './stringify-rows.js'

export interface CsvContentOptions extends CsvDialect {
  readonly onIrregular?: NoteIrregular
}

/** A file's bytes as they are made, and the number of rows in them so far. */
export interface CsvContent {
  readonly chunks: AsyncIterable<Buffer>
  rows(): number
  /** Of an encrypted file, once it has ended: what decrypting it gives. */
  content?(): FileContent | undefined
}

/**
 * The rows as CSV in UTF-8: RFC 4180 with a header row. NULL is an empty field and the empty string is `""`, as in COPY. If
 * NULL is the value of the only column, the row is an empty line, as in COPY.
 */
export function csvContent(
  columns: readonly Column[],
  blocks: AsyncIterable<RowBlock>,
  { onIrregular, ...dialect }: CsvContentOptions,
): CsvContent {
  let rows = 0
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    const format = rowFormat(columns, dialect, onIrregular)
    const chunker = new Chunker()
    yield* chunker.add(Buffer.from(stringifyRows([columns.map(({ name }) => name)], dialect)))
    for await (const block of blocks) {
      rows += block.rows
      yield* chunker.add(format(block))
    }
    const rest = chunker.rest()
    if (rest) yield rest
  }
  return { chunks: chunks(), rows: () => rows }
}
