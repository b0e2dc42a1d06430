import type { Delivery, FilePart } from './delivery.js'
import type { Encryption } from './encryption.js'
import type { OptionalSelection, WrittenColumns } from './column-selection.js'
import type { FileFormat } from './file-format.js'
import type { SourceOrigin } from './source-identity.js'
import type { Load } from './window.js'

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
  readonly load: Load
  /** The source that the window must be read from; null if any will do. */
  readonly source: SourceOrigin | null
  /** Of a redelivery: the file that the window was delivered in. */
  readonly redelivers: PastWindow | null
  /** Hidden files of earlier attempts and runs that may still be stored on the server. */
  readonly staleHiddenPaths: readonly string[]
  /** The hidden paths that are on record already: that of the first file, or none. */
  readonly recordedHiddenPaths: readonly string[]
  /** How the run writes its files. */
  readonly format: FileFormat
  /** The day of the window, which is the date in its paths. */
  readonly day: Date
  /** How the run encrypts its files; null if it does not. */
  readonly encryption: Encryption | null
  /** Which columns the run delivers. */
  readonly columnSelection?: OptionalSelection
  /** The columns of the file that a delta follows; null for other files, and where they are not on record. */
  readonly previousColumns?: WrittenColumns | null
  /** What an earlier attempt was about to publish, and may have published. It must be completed or discarded first. */
  readonly intent: Intent | null
}

/** What a claim leads to: the right to publish, or what the run has published already. */
export type Claimed = { readonly claim: Claim } | { readonly published: Published }

/** A window that was published, from its latest file. */
export type PastWindow = Pick<Delivery, 'id' | 'entity' | 'to' | 'day' | 'load' | 'sequence' | 'snapshot'>

/** What a publication reports. */
export type Published = Pick<Delivery, 'path' | 'rows' | 'bytes' | 'revision'>

/**
 * The record of what is about to be published, made before the files get their final names. After a crash the next attempt
 * completes or discards it.
 */
export interface Intent extends EntityWindow, Published {
  readonly day: Date
  readonly deliveryId: string
  /** The claim that gives the right to complete or discard the intent. */
  readonly claimId: string
  readonly sha256: string
  readonly files: readonly IntentFile[]
  /** Paths of earlier revisions of the day that this one does not use. They are removed once all files have their final names. */
  readonly obsoletePaths: readonly string[]
}

/** One file of an intent. */
export interface IntentFile extends FilePart {
  /** The path that it was written under; null if that is no longer on record. */
  readonly hiddenPath: string | null
  /** Whether an earlier revision under the same path has as many bytes, and other content. */
  readonly isSizeAmbiguous: boolean
}

/** A day whose manifest must be written: for the first time, or again because its files may have changed. */
export interface PendingManifest {
  readonly day: Date
  readonly path: string
  /** Of the manifest that was published last; 0 before the first. */
  readonly revision: number
  /** How often the day's files had changed when this was read. */
  readonly changes: number
  /** Of the manifest that was published last. */
  readonly sha256: string | null
  readonly bytes: number | null
  /** The id of the key that signed it; null if it is not signed. */
  readonly signedBy: string | null
}

/** A manifest as it was written. */
export interface WrittenManifest {
  readonly revision: number
  readonly bytes: number
  readonly sha256: string
  readonly signedBy: string | null
}
