import { randomUUID } from 'node:crypto'
import { type FetchRecorder, openFetchRecorder } from '../../../src/compose/fetch-recorder.js'
import type { ReportedFetch } from '../../../src/domain/fetch.js'
import type { Stores } from './stores.js'

/** A recorder of the embedded SFTP server, over the database of these stores. */
export function openRecorder({ serviceUrl }: Pick<Stores, 'serviceUrl'>): FetchRecorder & AsyncDisposable {
  return openFetchRecorder(serviceUrl)
}

/** A fetch of 99 bytes, the size of a file of `aFile`. */
export function aFetch(tenantId: string, path: string, overrides: Partial<ReportedFetch> = {}): ReportedFetch {
  const now = new Date()
  return {
    id: randomUUID(),
    tenantId,
    path,
    startedAt: now,
    endedAt: now,
    bytesRead: 99,
    ranges: null,
    keyFingerprint: null,
    address: '192.0.2.7',
    ...overrides,
  }
}

/** Moves the first report of fetches, and the last one. */
export async function reportedFrom({ query }: Pick<Stores, 'query'>, since: Date, until = new Date()): Promise<void> {
  await query(
    `INSERT INTO fetch_source (name, since, seen_at) VALUES ('embedded', $1, $2)
     ON CONFLICT (name) DO UPDATE SET since = excluded.since, seen_at = excluded.seen_at`,
    [since, until],
  )
}
