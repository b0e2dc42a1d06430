import type { Removed } from './removal.js'
import type { RenameOptions } from './replace.js'

/** The server to which files are delivered, and the login. */
export interface SftpOptions {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly auth:
    | { readonly kind: 'password'; readonly password: string }
    | { readonly kind: 'privateKey'; readonly privateKey: string; readonly passphrase: string | undefined }
  /** `SHA256:<base64>` of the accepted host keys, as `ssh-keygen -lf` prints them. Never empty. */
  readonly hostKeyFingerprints: readonly string[]
  /** The most channels on which a large file is written; by default what the line needs on OpenSSH, and one on other servers. */
  readonly channels?: number | undefined
  /**
   * The server's folder that contains the logical paths (`/exports/…`); empty for the server's root. `{tenant}` in it stands for
   * the tenant of the path. In that case the server's operator creates `<root>/exports/<tenant>`.
   */
  readonly root: string
}

/** Timeouts and limits. The defaults suit production; tests shorten them. */
export interface SftpLimits {
  /** The timeout of connecting and logging in, in milliseconds. */
  readonly connectMs: number
  /** The connection is closed if no operation is answered for this many milliseconds. */
  readonly operationMs: number
  /** An unused connection is closed after this many milliseconds. */
  readonly idleMs: number
  /** The most connections at the same time; further sessions wait. */
  readonly maxConnections: number
}

export const defaultLimits: SftpLimits = {
  connectMs: 15_000,
  operationMs: 30_000,
  idleMs: 60_000,
  maxConnections: 8,
}

/** Where a probe writes its file. */
export interface ProbedFolder {
  /** The tenant's folder, as a logical path. */
  readonly folder: string
  /** The hidden paths in it: the one that is written, and the one to which it is renamed. */
  readonly paths: readonly [string, string]
  /** Whether a name in the folder is that of a file which an interrupted probe left. */
  readonly isStale: (name: string) => boolean
}

/** One account on one SFTP server. All methods fail with an `ExportError` (SFTP_*, CANCELLED). */
export interface SftpTarget extends AsyncDisposable {
  /**
   * Calls `use` with a connection of its own. Errors of `use` are thrown unchanged. When `signal` aborts, each operation
   * under way ends at once with CANCELLED.
   */
  session<T>(signal: AbortSignal, use: (session: SftpSession) => Promise<T>): Promise<T>
}

/** Operations on logical paths, such as `/exports/acme/…`, below the target's root folder. */
export interface SftpSession {
  /**
   * Creates the folders that the paths lack, with all requests at once. A folder that the server refuses is left to the upload.
   * It follows no symbolic link.
   */
  makeFoldersFor(paths: readonly string[]): Promise<void>
  /**
   * Creates the folder, writes the chunks to `path`, syncs if the server can, and checks the size. It replaces an existing file
   * and follows no symbolic link. After an error or an abort it closes the file and tries, for a short time, to remove it.
   * While the file is opened, up to 10 MB are requested and copied. Then each chunk is sent before the next one is requested.
   * `onProgress` gets the number of bytes acknowledged so far.
   */
  upload(path: string, chunks: AsyncIterable<Buffer>, onProgress?: (bytes: number) => void): Promise<{ bytes: number }>
  /** Renames a file and replaces the file at `to`, in one step if the server can. */
  replace(from: string, to: string, options?: RenameOptions): Promise<void>
  /** False if there was no such file. */
  remove(path: string): Promise<boolean>
  /** In bytes; undefined if there is no such file. */
  size(path: string): Promise<number | undefined>
  /**
   * The bytes of a file, in pieces. At most a few megabytes are read ahead. If there is no such file, the first piece fails
   * with SFTP_PROTOCOL: check its `size` first if it may be missing.
   */
  fetch(path: string): AsyncIterable<Buffer>
  /** The bytes of a small file, at most `most` of them, in two round trips. Undefined if there is no such file. */
  readWhole(path: string, most: number): Promise<Buffer | undefined>
  /** Removes everything in a folder, without following links. Does nothing if there is no such folder. */
  removeAllIn(folder: string): Promise<Removed>
  /** Removes a folder if it is empty, and returns whether it did. */
  removeIfEmpty(folder: string): Promise<boolean>
  /** The names in a folder, sorted; empty if there is no such folder. */
  list(folder: string): Promise<string[]>
}
