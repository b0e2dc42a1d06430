import type { FileContent, FileEncryption } from './encryption.js'
import type { WrittenColumns } from './column-selection.js'
import type { FileFormat } from './file-format.js'
import type { SourceOrigin } from './source-identity.js'
import type { Load } from './window.js'

/** One file on the server: the whole delivery, or one of its file parts, which is a CSV file of its own with a header row. */
export interface FilePart {
  readonly path: string
  /** Data rows, without the header. */
  readonly rows: number
  /** As it is stored on the server. */
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
  /** Of an encrypted file: what decrypting it gives. */
  readonly content?: FileContent
}

/**
 * What was written for one window: one file, or the file parts that it is split into. Of a split file, `rows` and `bytes` are
 * the sums, and `path` is that of the first part.
 */
export interface WrittenFile extends FilePart, SourceOrigin, WrittenColumns {
  /** Of a split file: the SHA-256 of {@link checksumsOf} its file parts. */
  readonly sha256: string
  readonly format: FileFormat
  /** Null if the file is not encrypted. */
  readonly encryption: FileEncryption | null
  /** In order; null if the file is not split. */
  readonly parts: readonly FilePart[] | null
  /** How many rows Postgres reported at the end of the query that the file was read with. */
  readonly sourceRows: number
  /** Names of columns with values that their type does not have: see IrregularRule. */
  readonly irregular: readonly string[]
  /** The types of the source by column, such as `numeric(12,2)`; null if they are not known. */
  readonly sourceTypes: Readonly<Record<string, string>> | null
  /** The pg_snapshot that its rows were read in. */
  readonly snapshot: string
}

/** A published file: what was written, its window, and its place in the ledger. */
export interface Delivery extends WrittenFile {
  readonly id: string
  readonly runId: string
  readonly tenantId: string
  /** Internal name. */
  readonly entity: string
  readonly load: Load
  /** The end of the window. */
  readonly to: Date
  /** The date in its path, as midnight in UTC: see runDay. */
  readonly day: Date
  /** Counts the files of one entity and day. */
  readonly revision: number
  /** Its place in the entity's chain of windows. The file before it is the `previous` of its load. */
  readonly sequence: number
  /** Goes up by one whenever the columns differ from those of the file before. */
  readonly schemaVersion: number
  /** Whether it is a past window, written again with the values that its rows have now. */
  readonly redelivered: boolean
  /** How many attempts it took. */
  readonly attempts: number
  readonly publishedAt: Date
  /** When it was removed from the server because its retention time had passed; null while it is stored there. */
  readonly removedAt: Date | null
}

/** The files that a delivery consists of: its file parts, or the one file that it is. */
export function filesOf({
  parts,
  path,
  rows,
  bytes,
  sha256,
  content,
}: FilePart & { readonly parts: readonly FilePart[] | null }): readonly FilePart[] {
  return parts ?? [{ path, rows, bytes, sha256, ...(content && { content }) }]
}

/** What the checksum of a split file is computed from: the checksums of its file parts, joined by line feeds. */
export function checksumsOf(parts: readonly Pick<FilePart, 'sha256'>[]): string {
  return parts.map(({ sha256 }) => sha256).join('\n')
}
