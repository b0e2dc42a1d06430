import type { Transform } from 'node:stream'
import type { Encoder } from '../../domain/encoder.js'

/** How many bytes a compressor gives at a time. */
export const outputChunkBytes = 261_120

/** A compressor of Node as an encoder. `heldBack`: the maximum number of compressed bytes that it keeps. */
export function encoderFrom(stream: Transform, heldBack: number): Encoder {
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
    heldBack: () => heldBack,
    // Also bytes that can't be compressed fit.
    fitting: (room) => Math.floor((room - 64) / 1.001),
  }
}
