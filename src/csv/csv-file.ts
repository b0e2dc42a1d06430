import { createHash } from 'node:crypto'
import type { Column } from '../domain/entity.js'
import { Chunker } from './chunks.js'
import { headerLine, rowFormat } from './format.js'

/** A row as Postgres prints it in text; NULL is null. */
export type RawRow = (string | null)[]

export interface CsvOptions {
  readonly lineEnd: '\n' | '\r\n'
}

export interface CsvFile {
  /** The file's bytes, header row first, in chunks of about 256 KB; to be iterated at most once. */
  readonly chunks: AsyncIterable<Buffer>
  /** Data rows (the header is none) and bytes so far; final once `chunks` has ended. */
  totals(): { rows: number; bytes: number }
  /** The SHA-256 of all bytes in hexadecimal. Throws before `chunks` has ended. */
  sha256(): string
}

/** The most that OpenSSH takes in one write. */
const chunkBytes = 261_120

/** csv-stringify is fastest on about this many rows at a time; ten thousand take thrice as long per row. */
const rowsAtOnce = 100

/**
 * The rows as a CSV file in UTF-8: RFC 4180 with a header row. NULL is an empty field and the empty string is `""`, as
 * in COPY. Where the only column of an entity is NULL, the row is an empty line, as in COPY.
 */
export function csvFile(columns: readonly Column[], batches: AsyncIterable<RawRow[]>, options: CsvOptions): CsvFile {
  const hash = createHash('sha256')
  let rows = 0
  let bytes = 0
  let digest: string | undefined

  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of encode(columns, counted(batches), options)) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
    digest = hash.digest('hex')
  }

  async function* counted(source: AsyncIterable<RawRow[]>): AsyncGenerator<RawRow[], void, undefined> {
    for await (const batch of source) {
      rows += batch.length
      yield batch
    }
  }

  return {
    chunks: chunks(),
    totals: () => ({ rows, bytes }),
    sha256() {
      if (digest === undefined) throw new Error('The checksum is not known before all chunks have been read.')
      return digest
    },
  }
}

async function* encode(
  columns: readonly Column[],
  batches: AsyncIterable<RawRow[]>,
  options: CsvOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const format = rowFormat(columns, options)
  const chunker = new Chunker(chunkBytes)
  yield* chunker.add(headerLine(columns, options))
  for await (const batch of batches) {
    for (let start = 0; start < batch.length; start += rowsAtOnce) {
      yield* chunker.add(format(batch.slice(start, start + rowsAtOnce)))
    }
  }
  const rest = chunker.rest()
  if (rest) yield rest
}
