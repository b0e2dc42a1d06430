import type { DeliveredFile } from './delivery.js'
import type { ExportErrorCode } from './errors.js'
import type {
  AnnouncedIntent,
  Claim,
  EntityWindow,
  Intent,
  PendingManifest,
  Published,
  UploadedFile,
  WrittenManifest,
} from './publication.js'

/**
 * What a publication needs of the database. Each method is one transaction. It fails with `ExportError` SUPERSEDED where
 * another attempt has taken the claim, or another run has moved the watermark.
 */
export interface PublicationStore {
  /**
   * Takes the right to publish from any earlier attempt. Returns the publication instead, where the run has published the
   * window already. `hiddenName` is the pattern of domain/hidden-name.
   */
  claim(
    window: EntityWindow,
    attempt: number,
    hiddenName?: string,
  ): Promise<{ claim: Claim } | { published: Published }>
  /**
   * Puts all hidden names of the claim's holder on record: of the files that it has written, and of the one that it is about
   * to write. The claim's leftovers are taken off, since they were removed.
   */
  noteHiddenFiles(claim: Claim, hidden: readonly string[]): Promise<void>
  /** Keeps why an attempt failed, for whoever reads the run. */
  noteFailure(window: EntityWindow, error: { code: ExportErrorCode; message: string }): Promise<void>
  /** Records what is about to be published, and announces the change of the day's files: see `announceChange`. */
  intend(claim: Claim, file: UploadedFile): Promise<AnnouncedIntent>
  /** Once the files have their final names: makes the intent a delivery of the ledger, and moves the watermark. */
  record(intent: Intent): Promise<Published>
  /** Does nothing but check that the right to settle the intent is still held. */
  requireHeld(intent: Intent): Promise<void>
  /**
   * Gives up an intent whose file will not be recorded. `replaced` are the paths where it was, or may have been, put in place
   * of an earlier revision: that one is lost, and the next file of the entity is a full load.
   */
  drop(intent: Intent, replaced: readonly string[]): Promise<'dropped' | 'dropped, with a loss' | 'dropped before'>
  /** The intents of a tenant that are neither recorded nor dropped. */
  unsettled(tenantId: string): Promise<readonly Intent[]>
  /** Takes the right to settle an intent from any attempt that has it. Undefined where it was settled meanwhile. */
  takeOver(intent: Intent): Promise<Intent | undefined>
}

/** What the manifest of a day needs of the database. */
export interface ManifestStore {
  /**
   * Records that the files of a day are about to change, so that the manifest is written again whatever happens next.
   * Returns the path of the manifest that is published now, which must be withdrawn first; undefined if there is none.
   */
  announceChange(tenantId: string, at: Date): Promise<string | undefined>
  /** The days of a tenant that lack an up-to-date manifest, oldest first. */
  pending(tenantId: string): Promise<PendingManifest[]>
  /** The files that are stored in a day's folder: of each entity the latest revision. */
  files(tenantId: string, day: Date): Promise<DeliveredFile[]>
  /**
   * Calls `place`, which gives the manifest its final name, and records it as published. It does neither, and returns false,
   * where the day's files have changed or another manifest was published since `pending` was read. One call at a time for
   * each day.
   */
  publish(
    tenantId: string,
    pending: PendingManifest,
    written: WrittenManifest,
    place: () => Promise<void>,
  ): Promise<boolean>
}

/** What a publication needs of the server that files are delivered to. Paths are logical, such as `/exports/acme/…`. */
export interface PublicationServer {
  /** Lends a connection for the time of `use`. */
  session<T>(signal: AbortSignal, use: (session: ServerSession) => Promise<T>): Promise<T>
}

/** Operations of one connection. They fail with `ExportError` SFTP_*. */
export interface ServerSession {
  /** Writes the chunks to `path` and checks the size. */
  upload(path: string, chunks: AsyncIterable<Buffer>, onProgress?: (bytes: number) => void): Promise<{ bytes: number }>
  /** Renames over what is stored at `to`. `isUploaded`: whether this session has uploaded `from`. */
  replace(from: string, to: string, options?: { readonly isUploaded?: boolean }): Promise<void>
  /** False if there was no such file. */
  remove(path: string): Promise<boolean>
  /** In bytes; undefined if there is no such file. */
  size(path: string): Promise<number | undefined>
  fetch(path: string): AsyncIterable<Buffer>
  /** The names in a folder, sorted; empty if there is no such folder. */
  list(folder: string): Promise<string[]>
}
