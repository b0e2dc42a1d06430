import { createHash } from 'node:crypto'
import type { FileContent } from '../domain/encryption.js'
import type { CsvContent } from './csv-content.js'

export interface CsvFile {
  /**
   * The file's bytes, header row first, in chunks of about 256 KB; to be iterated at most once. A chunk is good until
   * the next one is requested.
   */
  readonly chunks: AsyncIterable<Buffer>
  /** The numbers of data rows, without the header, and of bytes so far; final once `chunks` has ended. */
  totals(): { rows: number; bytes: number }
  /** The SHA-256 of all bytes in hexadecimal. Throws before `chunks` has ended. */
  sha256(): string
  /** Of an encrypted file, once `chunks` has ended: what decrypting it gives. */
  content(): FileContent | undefined
}

/** Counts and hashes the bytes of a file while they pass. */
export function csvFile(content: CsvContent): CsvFile {
  const hash = createHash('sha256')
  let bytes = 0
  let digest: string | undefined
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of content.chunks) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
    digest = hash.digest('hex')
  }
  return {
    chunks: chunks(),
    totals: () => ({ rows: content.rows(), bytes }),
    content: () => content.content?.(),
    sha256() {
      if (digest === undefined) throw new Error('The checksum is not known before all chunks have been read.')
      return digest
    },
  }
}
