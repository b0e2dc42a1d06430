import { bytesPerMegabyte, type Compression } from '../domain/file-format.js'
import { createCompressor, rechunked } from './compress.js'
import { type Rows, RowReader } from './row-reader.js'

/** A part of a CSV file, with a header row of its own. */
export interface CsvFilePart {
  /** To be iterated once, to the end, before the next part is requested. A chunk is good until the next one is requested. */
  readonly chunks: AsyncIterable<Buffer>
  /** Data rows so far. */
  rows(): number
}

export interface SplitOptions {
  readonly compression: Compression
  readonly maxPartMegabytes: number
}

/**
 * A CSV file cut between rows into file parts: at least one, each with the header row. A file part is stored with at most
 * `maxPartMegabytes`, unless its only row is larger. Compressed bytes count as they leave the compressor, and a file part
 * ends early by what the compressor may still hold.
 */
export async function* fileParts(
  chunks: AsyncIterable<Buffer>,
  { compression, maxPartMegabytes }: SplitOptions,
): AsyncGenerator<CsvFilePart, void, undefined> {
  const limit = maxPartMegabytes * bytesPerMegabyte
  const reader = new RowReader(chunks)
  try {
    if (!(await reader.hasMore())) throw new Error('a CSV file has a header row')
    const header = Buffer.from(reader.takeOne().bytes)
    do {
      let rows = 0
      const count = ({ bytes, count: taken }: Rows): Buffer => {
        rows += taken
        return bytes
      }
      yield {
        chunks:
          compression === 'NONE'
            ? plainFilePart(reader, header, limit, count)
            : rechunked(compressedFilePart(reader, header, limit, count, compression)),
        rows: () => rows,
      }
    } while (await reader.hasMore())
  } finally {
    reader.stop()
  }
}

type Count = (rows: Rows) => Buffer

async function* plainFilePart(
  reader: RowReader,
  header: Buffer,
  limit: number,
  count: Count,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = header.length
  yield header
  for (let isFirst = true; await reader.hasMore(); isFirst = false) {
    const rows = reader.take(limit - bytes) ?? (isFirst ? reader.takeOne() : undefined)
    if (!rows) return
    bytes += rows.bytes.length
    yield count(rows)
  }
}

/** The most compressed bytes that a compressor holds back: gzip a block of 16 K symbols, Zstandard one of 128 KB. */
const heldBack = 160_000

/** The compressor gets rows in pieces of this size, so that a file part can end close to its limit. */
const pieceBytes = 65_536

/** How many bytes fit into that room even if they can't be compressed. */
const fitting = (room: number): number => Math.floor((room - 64) / 1.001)

async function* compressedFilePart(
  reader: RowReader,
  header: Buffer,
  limit: number,
  count: Count,
  compression: Exclude<Compression, 'NONE'>,
): AsyncGenerator<Buffer, void, undefined> {
  const compressor = createCompressor(compression)
  try {
    let bytes = 0
    let piece = header
    let isFirst = true
    while (true) {
      const out = await compressor.write(piece)
      bytes += out.length
      yield out
      if (!(await reader.hasMore())) break
      const room = fitting(limit - bytes - heldBack)
      const rows =
        reader.take(Math.min(room, pieceBytes)) ?? reader.take(room) ?? (isFirst ? reader.takeOne() : undefined)
      if (!rows) break
      piece = count(rows)
      isFirst = false
    }
    yield await compressor.end()
  } finally {
    compressor.destroy()
  }
}
