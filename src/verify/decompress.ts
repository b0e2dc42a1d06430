import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import type { Compression } from '../domain/file-format.js'

/** Decompresses a piece at a time. It ignores the pieces after one that can't be read. */
export interface Decompressor {
  write(piece: Buffer): Promise<Buffer>
  /** Returns the rest, and the error's code if a piece could not be read. */
  end(): Promise<{ rest: Buffer; broken: string | undefined }>
}

const nothing = Buffer.alloc(0)

/** Undefined if this version of Node can't read the compression. */
export function createDecompressor(compression: Compression): Decompressor | undefined {
  if (compression === 'NONE') {
    return { write: async (piece) => piece, end: async () => ({ rest: nothing, broken: undefined }) }
  }
  const stream = streamOf(compression)
  if (!stream) return undefined
  let out: Buffer[] = []
  let broken: string | undefined
  const ended = new Promise<void>((resolve) => void stream.once('close', resolve))
  stream.on('data', (piece: Buffer) => void out.push(piece))
  stream.on('error', (error: NodeJS.ErrnoException) => void (broken ??= error.code ?? error.message))
  const taken = (): Buffer => {
    const all = Buffer.concat(out)
    out = []
    return all
  }
  return {
    write: async (piece) => {
      if (broken === undefined) await new Promise<void>((resolve) => stream.write(piece, () => resolve()))
      return taken()
    },
    end: async () => {
      stream.end()
      await ended
      return { rest: taken(), broken }
    },
  }
}

function streamOf(compression: Exclude<Compression, 'NONE'>): Transform | undefined {
  if (compression === 'GZIP') return zlib.createGunzip()
  return (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress?.()
}
