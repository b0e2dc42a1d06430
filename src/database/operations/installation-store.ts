import { randomUUID } from 'node:crypto'
import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'

/** The id of this installation, which its database has. */
export interface InstallationStore {
  /** Is read once: it changes only by {@link renew}, after which processes start again. */
  id(): Promise<string>
  /** Gives the database a new id, and returns it. For the copy of a database that is to be an installation of its own. */
  renew(): Promise<string>
}

export function createInstallationStore(database: Database): InstallationStore {
  let known: Promise<string> | undefined
  const read = (): Promise<string> =>
    database.forOperations(async (transaction) => (await transaction.installation.findFirstOrThrow()).id)
  return withTypedErrors({
    id: () => {
      known ??= read()
      // After an outage the next call reads it again.
      known.catch(() => (known = undefined))
      return known
    },
    renew: async () => {
      const id = randomUUID()
      await database.forOperations((transaction) => transaction.installation.updateMany({ data: { id } }))
      known = undefined
      return id
    },
  })
}
