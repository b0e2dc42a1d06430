import type { Entity } from '../../src/domain/entity.js'
import type { SftpOptions } from '../../src/sftp/sftp.js'

/** The file that each measured program delivers: the whole history of an entity, or its changes. JSON-safe. */
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
  /** The path of the file under the root of the SFTP server. */
  readonly path: string
  /** Armored keys, if the file is to be encrypted. */
  readonly pgp?: { readonly publicKey: string; readonly signingKey?: string }
}
