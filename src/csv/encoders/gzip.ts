import { constants, createGzip } from 'node:zlib'
import type { Encoder } from '../../domain/encoder.js'
import { encoderFrom, outputChunkBytes } from './from-transform.js'

/** A block of 16 K symbols. */
const heldBack = 160_000

export function gzip(): Encoder {
  return encoderFrom(createGzip({ level: constants.Z_BEST_SPEED, chunkSize: outputChunkBytes }), heldBack)
}
