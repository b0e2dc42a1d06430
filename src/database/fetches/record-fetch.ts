import { multirange } from '../../domain/byte-ranges.js'
import type { FetchSourceName, ReportedFetch } from '../../domain/fetch.js'
import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'

/** A login of a tenant with a key that it has added. */
export interface ReportedLogin {
  readonly tenantId: string
  readonly keyFingerprint: string
  readonly at: Date
}

/** Where an SFTP server reports to. It can write nothing else. */
export interface FetchRecorder {
  /** The server runs, and reports what is fetched. */
  alive(): Promise<void>
  loggedIn(login: ReportedLogin): Promise<void>
  /** False if the path is not one of the tenant's delivered files, or if the fetch is on record. */
  fetched(fetch: ReportedFetch): Promise<boolean>
}

export function createFetchRecorder(database: Database, source: FetchSourceName): FetchRecorder {
  return withTypedErrors<FetchRecorder>({
    alive: async () => {
      await database.forOperations((transaction) => transaction.$queryRaw`SELECT record_fetch(${source})`)
    },
    loggedIn: async ({ tenantId, keyFingerprint, at }) => {
      await database.forOperations(
        (transaction) => transaction.$queryRaw`
          SELECT record_fetch(${source}, account => ${tenantId}, ended => ${at}::timestamptz, key => ${keyFingerprint})`,
      )
    },
    fetched: async (fetch) => {
      const ranges = fetch.ranges && multirange(fetch.ranges)
      const [row] = await database.forOperations(
        (transaction) => transaction.$queryRaw<{ outcome: string }[]>`
          SELECT record_fetch(${source}, ${fetch.id}::uuid, ${fetch.tenantId}, ${fetch.path}, ${fetch.startedAt}::timestamptz,
            ${fetch.endedAt}::timestamptz, ${BigInt(fetch.bytesRead)}::bigint, ${ranges}, ${fetch.keyFingerprint}, ${fetch.address})
            AS outcome`,
      )
      return row?.outcome === 'RECORDED'
    },
  })
}
