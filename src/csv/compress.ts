import * as zlib from 'node:zlib'
import type { Transform } from 'node:stream'
import type { Compression } from '../domain/file-format.js'
import { ExportError } from '../domain/errors.js'
import { Chunker } from './chunker.js'

/** How many bytes a compressor gives at a time. */
const chunkBytes = 261_120

/** Compresses bytes, one piece at a time. */
export interface Compressor {
  /** Gives the compressed bytes that are ready: fewer than went in, and sometimes none. */
  write(piece: Buffer): Promise<Buffer>
  /** Gives the rest. */
  end(): Promise<Buffer>
  /** Frees its memory in any state. */
  destroy(): void
}

/** @throws ExportError FILE_FORMAT_UNSUPPORTED if this version of Node lacks the compression. */
export function createCompressor(compression: Exclude<Compression, 'NONE'>): Compressor {
  const stream = streamOf(compression)
  let out: Buffer[] = []
  let failure: Error | undefined
  stream.on('data', (piece: Buffer) => void out.push(piece))
  stream.on('error', (error) => void (failure ??= error))
  const taken = (): Buffer => {
    const all = out.length === 1 && out[0] ? out[0] : Buffer.concat(out)
    out = []
    return all
  }
  return {
    write: (piece) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        stream.write(piece, (error) => (error ? reject(error) : resolve(taken())))
      }),
    end: () =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        stream.once('error', reject)
        stream.once('end', () => resolve(taken()))
        stream.end()
      }),
    destroy: () => void stream.destroy(),
  }
}

function streamOf(compression: Exclude<Compression, 'NONE'>): Transform {
  if (compression === 'GZIP') return zlib.createGzip({ level: zlib.constants.Z_BEST_SPEED, chunkSize: chunkBytes })
  // Node has it since 22.15; the types of Node 20 lack it.
  const { createZstdCompress } = zlib as { createZstdCompress?: (options: { chunkSize: number }) => Transform }
  if (createZstdCompress) return createZstdCompress({ chunkSize: chunkBytes })
  throw new ExportError(
    'FILE_FORMAT_UNSUPPORTED',
    `The file format requires ZSTD, and this worker runs on Node ${process.version.slice(1)}. Upgrade it to 22.15 or later.`,
  )
}

/**
 * The bytes, compressed, in chunks of about 256 KB. A chunk is good until the next one is requested. Reads at most one
 * piece ahead.
 */
export async function* compressed(
  chunks: AsyncIterable<Buffer>,
  compression: Exclude<Compression, 'NONE'>,
): AsyncGenerator<Buffer, void, undefined> {
  yield* rechunked(compressedPieces(chunks, compression))
}

async function* compressedPieces(
  chunks: AsyncIterable<Buffer>,
  compression: Exclude<Compression, 'NONE'>,
): AsyncGenerator<Buffer, void, undefined> {
  const compressor = createCompressor(compression)
  try {
    // A thread compresses one piece while the next one is made in the same memory. Hence the copy.
    let underWay: Promise<Buffer> | undefined
    for await (const chunk of chunks) {
      if (underWay) yield await underWay
      underWay = compressor.write(Buffer.from(chunk))
      underWay.catch(() => {})
    }
    if (underWay) yield await underWay
    yield await compressor.end()
  } finally {
    compressor.destroy()
  }
}

/** The same bytes in chunks of about 256 KB. A chunk is good until the next one is requested. */
export async function* rechunked(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const chunker = new Chunker()
  for await (const piece of pieces) yield* chunker.add(piece)
  const rest = chunker.rest()
  if (rest) yield rest
}
