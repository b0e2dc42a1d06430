import type { Removed } from './removal.js'
import type { RenameOptions } from './replace.js'

/** Where files are delivered, and as whom. */
export interface SftpOptions {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly auth:
    | { readonly kind: 'password'; readonly password: string }
    | { readonly kind: 'privateKey'; readonly privateKey: string; readonly passphrase: string | undefined }
  /** `SHA256:<base64>` of the accepted host keys, as `ssh-keygen -lf` prints them. Never empty. */
  readonly hostKeyFingerprints: readonly string[]
  /** Channels that a large file is written on at once; where not given, what suits the server: OpenSSH four, others one. */
  readonly channels?: number | undefined
  /**
   * The server's folder under which the logical paths (`/exports/…`) lie; empty for the server's root. `{tenant}` in it
   * stands for the tenant of the path: then it is the server's operator who makes `<root>/exports/<tenant>`.
   */
  readonly root: string
}

/** How long to wait and how much to hold; the defaults suit production, tests shorten them. */
export interface SftpLimits {
  /** Until the server has let us in, in milliseconds. */
  readonly connectMs: number
  /** How long the server may leave us without any answer, in milliseconds; then the connection is given up. */
  readonly operationMs: number
  /** An unused connection is closed after this many milliseconds. */
  readonly idleMs: number
  /** Connections at the same time; further sessions wait. */
  readonly maxConnections: number
}

/** One account on one SFTP server. All methods fail with an `ExportError` (SFTP_*, CANCELLED). */
export interface SftpTarget extends AsyncDisposable {
  /**
   * Lends a connection for the time of `use`. What `use` throws is thrown on as it is. When `signal` aborts, every
   * operation under way ends at once with CANCELLED.
   */
  session<T>(signal: AbortSignal, use: (session: SftpSession) => Promise<T>): Promise<T>
}

/** Operations on logical paths, such as `/exports/acme/…`, which lie under the target's root folder. */
export interface SftpSession {
  /**
   * Makes the folder, writes the chunks to `path` (in place of a file that was there; no symbolic link is followed), syncs where the server can, and checks the
   * size. On an error or an abort it closes the file and tries, for a short time, to remove it.
   * A chunk is taken over before the next one is asked for. `onProgress` hears of all bytes that the server has acknowledged so far.
   */
  upload(path: string, chunks: AsyncIterable<Buffer>, onProgress?: (bytes: number) => void): Promise<{ bytes: number }>
  /** Renames over what is stored at `to`, in one step where the server can. */
  replace(from: string, to: string, options?: RenameOptions): Promise<void>
  /** False if there was no such file. */
  remove(path: string): Promise<boolean>
  /** In bytes; undefined if there is no such file. */
  size(path: string): Promise<number | undefined>
  /**
   * The bytes of a file, in pieces, which are read ahead by no more than a few megabytes. Where there is no such file,
   * the first piece fails with SFTP_PROTOCOL: ask for its `size` first where it may be missing.
   */
  fetch(path: string): AsyncIterable<Buffer>
  /** Removes all that is in a folder, without following links. Nothing where there is no such folder. */
  removeAllIn(folder: string): Promise<Removed>
  /** Removes a folder if nothing is in it, and tells whether it did. */
  removeIfEmpty(folder: string): Promise<boolean>
  /** The names in a folder, sorted; empty if there is no such folder. */
  list(folder: string): Promise<string[]>
}
