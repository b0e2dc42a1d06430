import { randomUUID } from 'node:crypto'
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
  /** Is read once: it changes only by {@link renew}, after which processes start again. */
  id(): Promise<string>
  /** Gives the database a new id, and returns it. For the copy of a database that is to be an installation of its own. */
  renew(): Promise<string>
}

/** It is read before each session with the SFTP server. */
const installationQuery = `
  SELECT id::text, created_at AS "createdAt", server_id::text AS "serverId", server_marked_at AS "serverMarkedAt"
  FROM installation`

export function createInstallationStore(database: Database): InstallationStore {
  let known: Promise<string> | undefined
  const find = async (): Promise<Installation> => {
    const [found] = await database.readForOperations<Installation>(installationQuery)
    if (!found) throw new Error('the database has no installation')
    return found
  }
  return withTypedErrors({
    find,
    id: () => {
      known ??= find().then(({ id }) => id)
      // After an outage the next call reads it again.
      known.catch(() => (known = undefined))
      return known
    },
    renew: async () => {
      const id = randomUUID()
      // The copy has no SFTP server of its own yet.
      await database.forOperations((transaction) =>
        transaction.installation.updateMany({ data: { id, serverId: null, serverMarkedAt: null } }),
      )
      known = undefined
      return id
    },
  })
}
