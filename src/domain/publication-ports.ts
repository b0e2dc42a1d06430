import type { Delivery, WrittenFile } from './delivery.js'
import type { ExportErrorCode } from './errors.js'
import type { ReservedIndex, WrittenIndex } from './export-index.js'
import type {
  Claim,
  Claimed,
  EntityWindow,
  Intent,
  PendingManifest,
  Published,
  WrittenManifest,
} from './publication.js'

/**
 * What a publication needs of the database. Each method is one transaction. It fails with `ExportError` SUPERSEDED if another
 * attempt has taken the claim, or another run has moved the watermark.
 */
export interface PublicationStore {
  /**
   * Takes the right to publish from any earlier attempt. Returns the publication instead, if the run has published the window
   * already. `hiddenName` is the pattern of domain/hidden-name.
   */
  claim(window: EntityWindow, attempt: number, hiddenName?: string): Promise<Claimed>
  /** The same for windows of several entities in one run, which all have the same end. All are claimed, or none. */
  claimAll(windows: readonly EntityWindow[], attempt: number, hiddenName?: string): Promise<readonly Claimed[]>
  /**
   * Puts all hidden paths of the claim's holder on record: of the files that it has written, and of the one that it is about to
   * write. Removes the claim's stale hidden paths from the record, since their files are removed.
   */
  recordHiddenPaths(claim: Claim, paths: readonly string[]): Promise<void>
  /** Records why an attempt failed, for readers of the run. */
  recordFailure(window: EntityWindow, error: { code: ExportErrorCode; message: string }): Promise<void>
  /**
   * Records what is about to be published for claims that were taken together, or for one claim: all of it, or nothing. It
   * announces the change of the day's files: `manifest` is what {@link announceChange} returns. The hidden paths of the files are
   * on record already.
   */
  intendAll(
    written: readonly { readonly claim: Claim; readonly file: WrittenFile }[],
  ): Promise<{ readonly intents: readonly Intent[]; readonly manifest: string | undefined }>
  /**
   * Once the files have their final names: makes intents that were recorded together deliveries of the ledger, and moves the
   * watermarks. All become deliveries, or none.
   */
  recordAll(intents: readonly Intent[]): Promise<readonly Published[]>
  /** Checks that the right to complete the intent is still held, and changes nothing. */
  requireClaim(intent: Intent): Promise<void>
  /**
   * Discards an intent whose file will not be recorded. `replaced` are the paths where its files have, or may have, replaced an
   * earlier revision. That revision is lost, and the next file of the entity is a full load.
   */
  discard(intent: Intent, replaced: readonly string[]): Promise<DiscardOutcome>
  /** The intents of a tenant that are neither recorded nor discarded. */
  pendingIntents(tenantId: string): Promise<readonly Intent[]>
  /** Takes the right to complete or discard an intent from any attempt that has it. Undefined if the intent is gone. */
  takeOver(intent: Intent): Promise<Intent | undefined>

  /**
   * Records that the files of a day are about to change, so that the manifest is written again whatever happens next.
   * Returns the path of the manifest that is published now, which must be withdrawn first; undefined if there is none.
   */
  announceChange(tenantId: string, day: Date): Promise<string | undefined>
  /** The days of a tenant that lack an up-to-date manifest, oldest first. */
  pendingManifests(tenantId: string): Promise<PendingManifest[]>
  /** The files that are stored in a day's folder: of each entity the latest revision. */
  filesOfDay(tenantId: string, day: Date): Promise<Delivery[]>
  /**
   * Calls `rename`, which gives the manifest its final name, and records it as published. It does neither, and returns false,
   * if the day's files have changed or another manifest was published since `pending` was read. One call at a time for each
   * day.
   */
  recordManifest(
    tenantId: string,
    pending: PendingManifest,
    written: WrittenManifest,
    rename: () => Promise<void>,
  ): Promise<boolean>

  /**
   * Reserves the next revision of a tenant's index, gives numbers to the days that have changed, and returns what the index
   * lists. Undefined if the index on the server is up to date.
   */
  reserveIndex(tenantId: string): Promise<ReservedIndex | undefined>
  /** The published deliveries with these ids, in no order. */
  deliveriesById(tenantId: string, ids: readonly string[]): Promise<Delivery[]>
  /**
   * Calls `rename`, which gives the index its final name, and records it as written. It does neither, and returns false, if a
   * later revision has been reserved. One call at a time for each tenant.
   */
  recordIndex(tenantId: string, revision: number, written: WrittenIndex, rename: () => Promise<void>): Promise<boolean>
}

/** Signs manifests and indexes with the operator's key. */
export interface ManifestSigner {
  /** The id of the key: its JWK thumbprint (RFC 7638). */
  readonly keyId: string
  /** A detached JWS (RFC 7515, appendix F): `header..signature`. */
  readonly sign: (content: Buffer) => Promise<string>
}

/** `already gone`: a call before has discarded the intent. `lost an earlier file`: see {@link PublicationStore.discard}. */
export type DiscardOutcome = 'discarded' | 'lost an earlier file' | 'already gone'

/** What a publication needs of the server that files are delivered to. Paths are logical, such as `/exports/acme/…`. */
export interface PublicationServer {
  /** Lends a connection for the time of `use`. */
  session<T>(signal: AbortSignal, use: (session: ServerSession) => Promise<T>): Promise<T>
}

/** Operations of one connection. They fail with `ExportError` SFTP_*. */
export interface ServerSession {
  /**
   * Creates the folders that the paths lack, all at once, so that uploads to them need not look. What can't be created is left
   * to the uploads.
   */
  makeFoldersFor(paths: readonly string[]): Promise<void>
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
