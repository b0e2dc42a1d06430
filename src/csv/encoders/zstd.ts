import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import type { Encoder } from '../../domain/encoder.js'
import { ExportError } from '../../domain/errors.js'
import { encoderFrom, outputChunkBytes } from './from-transform.js'

/** A block of 128 KB. */
const heldBack = 160_000

/** @throws ExportError FILE_FORMAT_UNSUPPORTED if this version of Node lacks the compression. */
export function zstd(): Encoder {
  // Node has it since 22.15; the types of Node 20 lack it.
  const { createZstdCompress } = zlib as { createZstdCompress?: (options: { chunkSize: number }) => Transform }
  if (createZstdCompress) return encoderFrom(createZstdCompress({ chunkSize: outputChunkBytes }), heldBack)
  throw new ExportError(
    'FILE_FORMAT_UNSUPPORTED',
    `The file format requires ZSTD, and this worker runs on Node ${process.version.slice(1)}. Upgrade it to 22.15 or later.`,
  )
}
