import { createHash } from 'node:crypto'
import type { Column } from '../domain/entity.js'
import type { RowBlock } from '../domain/rows.js'
import { Chunker } from './chunks.js'
import { type CsvOptions, headerLine, isPlain, stringifyFormat } from './format.js'
import { fastFormat } from './fast-format.js'

export type { CsvOptions } from './format.js'

export interface CsvFile {
  /**
   * The file's bytes, header row first, in chunks of about 256 KB; to be iterated at most once. A chunk is good until
   * the next one is asked for.
   */
  readonly chunks: AsyncIterable<Buffer>
  /** Data rows (the header is none) and bytes so far; final once `chunks` has ended. */
  totals(): { rows: number; bytes: number }
  /** The SHA-256 of all bytes in hexadecimal. Throws before `chunks` has ended. */
  sha256(): string
}

/** The most that OpenSSH takes in one write. */
const chunkBytes = 261_120

/**
 * The rows as a CSV file in UTF-8: RFC 4180 with a header row. NULL is an empty field and the empty string is `""`, as
 * in COPY. Where the only column of an entity is NULL, the row is an empty line, as in COPY.
 */
export function csvFile(columns: readonly Column[], blocks: AsyncIterable<RowBlock>, options: CsvOptions): CsvFile {
  const hash = createHash('sha256')
  let rows = 0
  let bytes = 0
  let digest: string | undefined

  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of encode(columns, counted(blocks), options)) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
    digest = hash.digest('hex')
  }

  async function* counted(source: AsyncIterable<RowBlock>): AsyncGenerator<RowBlock, void, undefined> {
    for await (const block of source) {
      rows += block.rows
      yield block
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
  blocks: AsyncIterable<RowBlock>,
  options: CsvOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const format = isPlain(options) ? fastFormat(columns, options.lineEnd) : stringifyFormat(columns, options)
  const chunker = new Chunker(chunkBytes)
  yield* chunker.add(headerLine(columns, options))
  for await (const block of blocks) yield* chunker.add(format(block))
  const rest = chunker.rest()
  if (rest) yield rest
}
