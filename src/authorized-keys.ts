import { openDatabase } from './database/client.js'
import { type AuthorizedKeys, createAuthorizedKeys } from './database/sftp-key-store.js'

/**
 * The keys that tenants have added, for an SFTP server that asks at each login. Connects when it is first asked. Apart
 * from the composition root, since a command that loads nothing else starts in a fraction of the time.
 */
export function openAuthorizedKeys(databaseUrl: string): AuthorizedKeys & AsyncDisposable {
  const database = openDatabase({ url: databaseUrl, poolSize: 2 })
  return { ...createAuthorizedKeys(database), [Symbol.asyncDispose]: () => database.close() }
}
