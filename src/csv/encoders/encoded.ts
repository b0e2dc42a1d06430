import type { Encoder } from '../../domain/encoder.js'
import { Chunker } from '../chunker.js'

/**
 * The bytes, encoded, in chunks of about 256 KB. A chunk is good until the next one is requested. Reads at most one
 * piece ahead.
 */
export async function* encoded(
  chunks: AsyncIterable<Buffer>,
  open: () => Encoder,
): AsyncGenerator<Buffer, void, undefined> {
  yield* rechunked(encodedPieces(chunks, open))
}

async function* encodedPieces(
  chunks: AsyncIterable<Buffer>,
  open: () => Encoder,
): AsyncGenerator<Buffer, void, undefined> {
  const encoder = open()
  try {
    // A thread compresses one piece while the next one is made in the same memory. Hence the copy.
    let underWay: Promise<Buffer> | undefined
    for await (const chunk of chunks) {
      if (underWay) yield await underWay
      underWay = encoder.write(Buffer.from(chunk))
      underWay.catch(() => {})
    }
    if (underWay) yield await underWay
    yield await encoder.end()
  } finally {
    encoder.destroy()
  }
}

/** The same bytes in chunks of about 256 KB. A chunk is good until the next one is requested. */
export async function* rechunked(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const chunker = new Chunker()
  for await (const piece of pieces) yield* chunker.add(piece)
  const rest = chunker.rest()
  if (rest) yield rest
}
