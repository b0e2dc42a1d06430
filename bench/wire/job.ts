import type { Entity } from '../../src/domain/entity.js'
import type { SftpOptions } from '../../src/sftp/sftp.js'

/** One file, the whole history of an entity or what changed of it since, that everybody who is measured has to deliver. JSON-safe. */
export interface Job {
  readonly sourceUrl: string
  readonly sftp: SftpOptions
  /** A file with the same key, for programs that want one. */
  readonly privateKeyFile: string
  readonly entity: Entity
  readonly tenantId: string
  /** The end of the window, ISO 8601. */
  readonly to: string
  /** Only what changed since then, where it is given: a time in ISO 8601, and a `pg_snapshot`. */
  readonly delta?: { readonly from: string; readonly snapshot: string }
  /** Where the file goes, under the root of the SFTP server. */
  readonly path: string
}
