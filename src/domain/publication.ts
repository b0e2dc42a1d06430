import type { FilePart, WrittenFile } from './delivery.js'
import type { FileFormat } from './file-format.js'
import type { Extent } from './window.js'

/** What the steps of a publication pass to each other; src/publication/README.md describes the steps. */

/** One window of one entity in one run. */
export interface EntityWindow {
  readonly runId: string
  readonly tenantId: string
  /** Internal name. */
  readonly entity: string
  /** The end of the window. */
  readonly to: Date
}

/** The right of one attempt to publish a window, until a later attempt takes it or the run ends. */
export interface Claim extends EntityWindow {
  readonly id: string
  readonly attempt: number
  readonly extent: Extent
  /** The source that the window's snapshots were taken of; null where it has none. */
  readonly base: SourceOrigin | null
  /** Of a window that is delivered again: the file that was delivered first. */
  readonly redelivers: PastWindow | null
  /** Hidden files of earlier attempts and runs that may still be stored on the server. */
  readonly leftovers: readonly string[]
  /** The hidden names that are on record already: that of the first file, or none. */
  readonly noted: readonly string[]
  /** How the run writes its files. */
  readonly format: FileFormat
  /** What an earlier attempt was about to publish, and may have published. It must be settled first. */
  readonly intent: Intent | null
}

/** Which Postgres a snapshot was taken of. */
export interface SourceOrigin {
  readonly systemIdentifier: string
  /** Null where it is not known. */
  readonly timeline: number | null
}

/** A window that was published, as its latest file has it. */
export interface PastWindow {
  readonly deliveryId: string
  readonly entity: string
  readonly to: Date
  readonly extent: Extent
  readonly sequence: number
  readonly snapshot: string
}

/** A file that is uploaded and checked, whole or in parts, and ready to take its final name or names. */
export interface UploadedFile extends WrittenFile, SourceOrigin {
  /** The names under which its files are stored, in the order of its parts, as they were put on record. */
  readonly hidden: readonly string[]
  /** The pg_snapshot in which its rows were read. */
  readonly snapshot: string
}

/**
 * The record of what is about to be published, made before the file gets its final name. After a crash the next attempt
 * completes or drops it. `claim` is the right to do that.
 */
export interface Intent extends EntityWindow, Pick<FilePart, 'path' | 'rows' | 'bytes' | 'sha256'> {
  readonly deliveryId: string
  readonly claim: string
  readonly files: readonly IntendedFile[]
  /** Paths of earlier revisions of the day that this one does not use. They are removed once all files have their final names. */
  readonly stale: readonly string[]
  readonly revision: number
}

/** An intent whose change of the day's files is announced. */
export interface AnnouncedIntent extends Intent {
  /** The manifest that is published now, which must be withdrawn first; undefined if there is none. */
  readonly manifest: string | undefined
}

/** One file of an intent. */
export interface IntendedFile extends Pick<FilePart, 'path' | 'bytes' | 'sha256'> {
  /** The name that it was written under; null where that is no longer on record. */
  readonly hidden: string | null
  /** Whether an earlier revision under the same path has as many bytes, and other content. */
  readonly looksLikeEarlier: boolean
}

/** What a publication reports. */
export interface Published extends Pick<FilePart, 'path' | 'rows' | 'bytes'> {
  readonly revision: number
}

/** A day whose manifest is to be written: for the first time, or again because its files may have changed. */
export interface PendingManifest {
  readonly day: Date
  readonly path: string
  /** Of the manifest that was published last; 0 where none was. */
  readonly revision: number
  /** How often the day's files had changed when this was read. */
  readonly changes: number
  /** Of the manifest that was published last. */
  readonly sha256: string | null
  readonly bytes: number | null
}

/** A manifest as it was written. */
export interface WrittenManifest {
  readonly revision: number
  readonly bytes: number
  readonly sha256: string
}
