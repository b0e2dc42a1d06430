import type { Described } from './described.js'
import type { ByteRange } from './byte-ranges.js'

/** The kinds of SFTP servers that report fetches. */
export type FetchSourceName = 'openssh' | 'embedded'

/** A fetch as an SFTP server reports it: one reading of a file by a tenant's account, from opening the file to closing it. */
export interface ReportedFetch {
  /** A UUID. A fetch that is reported twice counts once. */
  readonly id: string
  readonly tenantId: string
  /** The path as the tenant sees it. */
  readonly path: string
  readonly startedAt: Date
  readonly endedAt: Date
  readonly bytesRead: number
  /** The bytes that were read; null if the server does not know them. */
  readonly ranges: readonly ByteRange[] | null
  /** The key that logged in, `SHA256:…`; null for a password. */
  readonly keyFingerprint: string | null
  readonly address: string | null
}

/** A fetch of a delivered file, on record. */
export interface FileFetch extends Omit<ReportedFetch, 'tenantId' | 'ranges'> {
  readonly deliveryId: string
  /** Whether it read the whole file or file part. */
  readonly isWhole: boolean
}

/** The reports of SFTP servers: since when they have no gap, and until when they are there. */
export interface FetchReports {
  readonly since: Date
  readonly until: Date
}

/** What was fetched of one file or file part of a delivery, in sum. */
export interface FetchedPart {
  readonly fetches: number
  /** When all its bytes were read for the first time; null if they were not, or if it is not sure. */
  readonly wholeAt: Date | null
}

export const fetchStates = {
  NOT_FETCHED: 'No byte of the file was read.',
  PARTLY_FETCHED: 'Bytes of the file were read. It is not certain that all of them were.',
  FETCHED: 'The whole file was read. For a split file, each file part.',
} as const satisfies Described
export type FetchState = keyof typeof fetchStates

/** What was fetched of a delivery. */
export interface DeliveryFetches {
  readonly state: FetchState
  readonly count: number
  /** When the last of its file parts was fetched whole for the first time; null unless all of them were. */
  readonly fetchedAt: Date | null
}

/**
 * What was fetched of a delivery. Undefined if it is not known: no server reports fetches, or the delivery is older than its
 * reports.
 * @param parts the file parts of which bytes were read
 */
export function deliveryFetches(
  delivery: { readonly publishedAt: Date; readonly parts: readonly unknown[] | null },
  parts: readonly FetchedPart[],
  reports: FetchReports | undefined,
): DeliveryFetches | undefined {
  if (parts.length === 0 && (!reports || delivery.publishedAt < reports.since)) return undefined
  const whole = parts.flatMap(({ wholeAt }) => (wholeAt === null ? [] : [wholeAt.getTime()]))
  const isWhole = whole.length >= (delivery.parts?.length ?? 1)
  return {
    state: isWhole ? 'FETCHED' : parts.length > 0 ? 'PARTLY_FETCHED' : 'NOT_FETCHED',
    count: parts.reduce((sum, { fetches }) => sum + fetches, 0),
    fetchedAt: isWhole ? new Date(Math.max(...whole)) : null,
  }
}

/** Files that were published in [from, until), and should have been fetched by now. */
export interface UnfetchedPeriod {
  readonly from: Date
  readonly until: Date
}

/** How far back files are looked for that were not fetched. Older ones need a full load or a redelivery anyway. */
const oldestDays = 90
const dayMs = 86_400_000

/**
 * The publication times of files that should have been fetched, if a tenant has `days` days for it. Undefined if no file is so
 * old, or no server reports fetches.
 */
export function unfetchedPeriod(reports: FetchReports | undefined, days: number): UnfetchedPeriod | undefined {
  if (!reports) return undefined
  const until = new Date(reports.until.getTime() - days * dayMs)
  const from = new Date(Math.max(reports.since.getTime(), until.getTime() - oldestDays * dayMs))
  return from < until ? { from, until } : undefined
}

/** Files of a tenant that were not fetched. */
export interface UnfetchedFiles {
  readonly files: number
  /** When the oldest of them was published. */
  readonly oldest: Date
}
