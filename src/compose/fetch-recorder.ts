import { openDatabase } from '../database/client.js'
import { createFetchRecorder, type FetchRecorder } from '../database/fetches/record-fetch.js'

export type { FetchRecorder } from '../database/fetches/record-fetch.js'

/** Where the embedded SFTP server of the local stack reports what tenants fetch. It connects at the first report. */
export function openFetchRecorder(databaseUrl: string): FetchRecorder & AsyncDisposable {
  const database = openDatabase({ url: databaseUrl, poolSize: 2 })
  const recorder = createFetchRecorder(database, 'embedded')
  return {
    alive: () => recorder.alive(),
    loggedIn: (login) => recorder.loggedIn(login),
    fetched: (fetch) => recorder.fetched(fetch),
    [Symbol.asyncDispose]: () => database.close(),
  }
}
