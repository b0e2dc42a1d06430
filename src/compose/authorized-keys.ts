import { openDatabase } from '../database/client.js'
import { type AuthorizedKeys, createAuthorizedKeys } from '../database/sftp-key-store.js'

/**
 * The keys that tenants have added, for an SFTP server that asks at each login. It connects at the first question. It
 * loads the database alone, because sshd waits for the command that uses it.
 */
export function openAuthorizedKeys(databaseUrl: string): AuthorizedKeys & AsyncDisposable {
  const database = openDatabase({ url: databaseUrl, poolSize: 2 })
  return { ...createAuthorizedKeys(database), [Symbol.asyncDispose]: () => database.close() }
}
