import { createHash } from 'node:crypto'
import type { Column } from '../domain/entity.js'
import type { RowBlock } from '../domain/rows.js'
import { Chunker } from './chunks.js'
import { type CsvOptions, headerLine, isPlain, stringifyFormat } from './format.js'
import { fastFormat } from './fast-format.js'
import type { NoteIrregular } from './irregular.js'

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

export interface ContentOptions extends CsvOptions {
  readonly onIrregular?: NoteIrregular
}

/** A file's bytes as they are made, and how many rows are in them so far. */
export interface Content {
  readonly chunks: AsyncIterable<Buffer>
  rows(): number
}

/**
 * The rows as a CSV file in UTF-8: RFC 4180 with a header row. NULL is an empty field and the empty string is `""`, as
 * in COPY. Where the only column of an entity is NULL, the row is an empty line, as in COPY.
 */
export function csvFile(columns: readonly Column[], blocks: AsyncIterable<RowBlock>, options: ContentOptions): CsvFile {
  return counted(csvContent(columns, blocks, options))
}

/** The same without its checksum, for what is made of it. */
export function csvContent(
  columns: readonly Column[],
  blocks: AsyncIterable<RowBlock>,
  options: ContentOptions,
): Content {
  let rows = 0
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    const format = isPlain(options)
      ? fastFormat(columns, options.lineEnd, options.onIrregular)
      : stringifyFormat(columns, options, options.onIrregular)
    const chunker = new Chunker()
    yield* chunker.add(headerLine(columns, options))
    for await (const block of blocks) {
      rows += block.rows
      yield* chunker.add(format(block))
    }
    const rest = chunker.rest()
    if (rest) yield rest
  }
  return { chunks: chunks(), rows: () => rows }
}

/** Counts and hashes what comes out. */
export function counted(content: Content): CsvFile {
  const hash = createHash('sha256')
  let bytes = 0
  let digest: string | undefined
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of content.chunks) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
    digest = hash.digest('hex')
  }
  return {
    chunks: chunks(),
    totals: () => ({ rows: content.rows(), bytes }),
    sha256() {
      if (digest === undefined) throw new Error('The checksum is not known before all chunks have been read.')
      return digest
    },
  }
}
