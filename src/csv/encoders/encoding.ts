import { createHash } from 'node:crypto'
import type { Encoder } from '../../domain/encoder.js'
import type { FileContent } from '../../domain/encryption.js'
import type { Compression } from '../../domain/file-format.js'
import { gzip } from './gzip.js'
import { zstd } from './zstd.js'

/** All compressions. A new one is a file of this folder, an entry here, and its extension in domain/encoder. */
const compressors: Readonly<Record<Exclude<Compression, 'NONE'>, () => Encoder>> = { GZIP: gzip, ZSTD: zstd }

/** How the bytes of a CSV file are encoded before they are stored. */
export interface EncodingOptions {
  readonly compression: Compression
  /** Opens the encoder that encrypts a file; undefined if files are not encrypted. */
  readonly encrypt?: (() => Encoder) | undefined
}

/** The encoder of one file. */
export interface Encoding {
  readonly encoder: Encoder
  /** What the encryption gets, once the file has ended; undefined if the file is not encrypted. */
  content(): FileContent | undefined
}

/** Undefined if the bytes are stored as they are. */
export function openEncoding({ compression, encrypt }: EncodingOptions): Encoding | undefined {
  const compressor = compression === 'NONE' ? undefined : compressors[compression]()
  if (!encrypt) return compressor && { encoder: compressor, content: () => undefined }
  const measured = measure(encrypt())
  return { ...measured, encoder: compressor ? chain(compressor, measured.encoder) : measured.encoder }
}

/** One encoder after the other. */
function chain(first: Encoder, second: Encoder): Encoder {
  return {
    write: async (piece) => pass(second, await first.write(piece)),
    end: async () => Buffer.concat([await pass(second, await first.end()), await second.end()]),
    destroy: () => {
      first.destroy()
      second.destroy()
    },
    heldBack: () => first.heldBack() + second.heldBack(),
    fitting: (room) => first.fitting(second.fitting(room)),
  }
}

const nothing = Buffer.alloc(0)

async function pass(encoder: Encoder, bytes: Buffer): Promise<Buffer> {
  return bytes.length === 0 ? nothing : encoder.write(bytes)
}

/** Counts and hashes what an encoder gets. */
function measure(encoder: Encoder): Encoding {
  const hash = createHash('sha256')
  let bytes = 0
  let ended: FileContent | undefined
  return {
    encoder: {
      ...encoder,
      write: (piece) => {
        hash.update(piece)
        bytes += piece.length
        return encoder.write(piece)
      },
      end: () => {
        ended = { bytes, sha256: hash.digest('hex') }
        return encoder.end()
      },
    },
    content: () => ended,
  }
}
