import type { Database } from './client.js'
import { withTypedErrors } from './errors.js'

/** The identity of this installation, as its database stores it. */
export interface Installation {
  /** A UUID. */
  readonly id: string
  readonly createdAt: Date
  /** The mark of the SFTP server that the files are stored on; null until one is marked. */
  readonly serverId: string | null
  readonly serverMarkedAt: Date | null
}

export interface InstallationStore {
  find(): Promise<Installation>
}

export function createInstallationStore(database: Database): InstallationStore {
  return withTypedErrors({
    find: () => database.forOperations((transaction) => transaction.installation.findFirstOrThrow()),
  })
}
