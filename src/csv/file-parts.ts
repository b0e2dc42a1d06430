import type { Encoder } from '../domain/encoder.js'
import type { FileContent } from '../domain/encryption.js'
import { bytesPerMegabyte } from '../domain/file-format.js'
import { rechunked } from './encoders/encoded.js'
import type { Encoding } from './encoders/encoding.js'
import { type Rows, RowReader } from './row-reader.js'

/** A part of a CSV file, with a header row of its own. */
export interface CsvFilePart {
  /** To be iterated once, to the end, before the next part is requested. A chunk is good until the next one is requested. */
  readonly chunks: AsyncIterable<Buffer>
  /** Data rows so far. */
  rows(): number
  /** Of an encrypted part, once it has ended: what decrypting it gives. */
  content(): FileContent | undefined
}

export interface SplitOptions {
  /** Opens the encoding of a file part; undefined if the bytes are stored as they are. */
  readonly open: () => Encoding | undefined
  readonly maxPartMegabytes: number
}

/**
 * A CSV file cut between rows into file parts: at least one, each with the header row. A file part is stored with at most
 * `maxPartMegabytes`, unless its only row is larger. Encoded bytes count as they leave the encoder, and a file part ends early
 * by what the encoder may still hold.
 */
export async function* fileParts(
  chunks: AsyncIterable<Buffer>,
  { open, maxPartMegabytes }: SplitOptions,
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
      const encoding = open()
      yield {
        chunks: encoding
          ? rechunked(encodedFilePart(reader, header, limit, count, encoding.encoder))
          : plainFilePart(reader, header, limit, count),
        rows: () => rows,
        content: () => encoding?.content(),
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

/** The encoder gets rows in pieces of this size, so that a file part can end close to its limit. */
const pieceBytes = 65_536

async function* encodedFilePart(
  reader: RowReader,
  header: Buffer,
  limit: number,
  count: Count,
  encoder: Encoder,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    let bytes = 0
    let piece = header
    let isFirst = true
    while (true) {
      const out = await encoder.write(piece)
      bytes += out.length
      yield out
      if (!(await reader.hasMore())) break
      const room = encoder.fitting(limit - bytes - encoder.heldBack())
      const rows =
        reader.take(Math.min(room, pieceBytes)) ?? reader.take(room) ?? (isFirst ? reader.takeOne() : undefined)
      if (!rows) break
      piece = count(rows)
      isFirst = false
    }
    yield await encoder.end()
  } finally {
    encoder.destroy()
  }
}
