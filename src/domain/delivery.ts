import type { FileFormat } from './file-format.js'
import type { Extent } from './window.js'

/** One file on the server: the whole delivery, or one of its file parts, a CSV file of its own with a header row. */
export interface FilePart {
  readonly path: string
  /** Data rows, without the header. */
  readonly rows: number
  /** As it is stored on the server. */
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

/** The content of one window, written and not yet published, or published. Of split files: the sums, and the first path. */
export interface WrittenFile extends FilePart {
  /** Of a delivery that is split: the SHA-256 of {@link checksumsOf} its file parts. */
  readonly sha256: string
  readonly format: FileFormat
  /** In order; null where the delivery is not split. */
  readonly parts: readonly FilePart[] | null
  /** How many rows Postgres reported at the end of the query that the file was read with. */
  readonly sourceRows: number
  /** The columns it was written with: see columnsFingerprint. */
  readonly columns: string
  /** Names of columns with values that their type does not have: see IrregularRule. */
  readonly irregular: readonly string[]
  /** The types of the source by column, such as `numeric(12,2)`; null where they are not known. */
  readonly sourceTypes: Readonly<Record<string, string>> | null
}

/** A published file: what was written, its window, and its place in the ledger. */
export interface DeliveredFile extends WrittenFile {
  /** Internal name. */
  readonly entity: string
  readonly extent: Extent
  /** The end of the window. */
  readonly to: Date
  /** Counts the files of one entity and day. */
  readonly revision: number
  /** Its place in the entity's chain of windows. The file before it is the extent's `previous`. */
  readonly sequence: number
  /** Goes up by one whenever the columns differ from those of the file before. */
  readonly schemaVersion: number
  /** Whether it is a past window, written again with the values that its rows have now. */
  readonly redelivered: boolean
  /** How many attempts it took. */
  readonly attempts: number
  readonly publishedAt: Date
}

/** A file of the ledger, with what identifies it. */
export interface Delivery extends DeliveredFile {
  readonly id: string
  readonly runId: string
  /** When it was removed from the server because its retention time had passed; null while it is stored there. */
  readonly removedAt: Date | null
}

/** The files that a delivery consists of: its parts, or the one file that it is. */
export function filesOf({
  parts,
  path,
  rows,
  bytes,
  sha256,
}: FilePart & { readonly parts: readonly FilePart[] | null }): readonly FilePart[] {
  return parts ?? [{ path, rows, bytes, sha256 }]
}

/** What the checksum of a split delivery is computed from: the checksums of its parts, joined by line feeds. */
export function checksumsOf(parts: readonly Pick<FilePart, 'sha256'>[]): string {
  return parts.map(({ sha256 }) => sha256).join('\n')
}
