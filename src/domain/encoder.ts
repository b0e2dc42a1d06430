import type { Encryption, FileEncryption } from './encryption.js'
import type { FileFormat } from './file-format.js'

/** Turns the bytes of one file into others, one piece at a time: it compresses or encrypts them. */
export interface Encoder {
  /** Gives the bytes that are ready: fewer than went in, and sometimes none. */
  write(piece: Buffer): Promise<Buffer>
  /** Gives the rest. */
  end(): Promise<Buffer>
  /** Frees its memory in any state. */
  destroy(): void
  /** The maximum number of bytes that it may still give for the pieces so far, with its end. */
  heldBack(): number
  /** How many bytes it can take if they may become at most `room` bytes. */
  fitting(room: number): number
}

/** The extension that each encoder adds to the name of a file. */
const extensions = { GZIP: '.gz', ZSTD: '.zst', PGP: '.pgp' } as const

export type EncoderName = keyof typeof extensions

/** The encoders of a file in the order in which its bytes pass through them: compression, then encryption. */
export function encoderNames(
  { compression }: Pick<FileFormat, 'compression'>,
  encryption: Encryption | FileEncryption | null,
): readonly EncoderName[] {
  return [...(compression === 'NONE' ? [] : [compression]), ...(encryption === null ? [] : (['PGP'] as const))]
}

/** `.csv`, `.csv.gz`, `.csv.zst.pgp`: each encoder adds its own. */
export function fileExtension(
  format: Pick<FileFormat, 'compression'>,
  encryption: Encryption | FileEncryption | null = null,
): string {
  return ['.csv', ...encoderNames(format, encryption).map((name) => extensions[name])].join('')
}
