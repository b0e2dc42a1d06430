import type { FetchStore } from '../database/fetches/fetch-store.js'
import type { Actor } from '../domain/actor.js'
import type { Delivery } from '../domain/delivery.js'
import {
  type DeliveryFetches,
  deliveryFetches,
  type FetchReports,
  type FileFetch,
  type UnfetchedFiles,
  type UnfetchedPeriod,
  unfetchedPeriod,
} from '../domain/fetch.js'
import { isUuid } from '../domain/uuid.js'
import { InvalidPageError, type Page, type PageArguments, pageOf } from './page.js'

/** Files that a tenant has not fetched for `days` days. */
export interface Unfetched extends UnfetchedFiles {
  readonly days: number
}

type Published = Pick<Delivery, 'id' | 'publishedAt' | 'parts'>

/** The use cases around what tenants have fetched over SFTP. */
export interface Fetches {
  /** What was fetched of these deliveries, by id. A delivery of which that is not known is absent. */
  ofDeliveries(actor: Actor, deliveries: readonly Published[]): Promise<ReadonlyMap<string, DeliveryFetches>>
  /** The fetches of a delivery of the tenant, newest first. @throws InvalidPageError */
  page(actor: Actor, deliveryId: string, page: PageArguments): Promise<Page<FileFetch>>
  /**
   * The warning to a tenant whose files wait for too long; null if there are none, if no server reports fetches, and for a tenant
   * that has no key and has fetched nothing, because it may get its files in another way.
   */
  unfetched(actor: Actor): Promise<Unfetched | null>
  /** When the tenant's keys were last used over SFTP, by fingerprint. */
  keyUses(actor: Actor): Promise<ReadonlyMap<string, Date>>
}

export interface FetchesDependencies {
  readonly fetches: FetchStore
  /** After how many days a tenant is warned. */
  readonly unfetchedAfterDays: number
}

/** One answer asks for many deliveries, and the time changes every few seconds. */
const reportsAgeMs = 5_000

export function createFetches({ fetches, unfetchedAfterDays }: FetchesDependencies): Fetches {
  const reports = remembered(() => fetches.reports())
  return {
    ofDeliveries: async ({ tenantId }, deliveries) => {
      const [known, parts] = await Promise.all([
        reports(),
        fetches.parts(
          tenantId,
          deliveries.map(({ id }) => id),
        ),
      ])
      return new Map(
        deliveries.flatMap((delivery) => {
          const fetched = deliveryFetches(delivery, parts.get(delivery.id) ?? [], known)
          return fetched ? [[delivery.id, fetched] as const] : []
        }),
      )
    },
    page: ({ tenantId }, deliveryId, page) =>
      pageOf(
        page,
        async (request) => (isUuid(deliveryId) ? fetches.page(tenantId, deliveryId, request) : []),
        ({ endedAt, id }) => ({ at: endedAt, id }),
      ),
    unfetched: async ({ tenantId }) => {
      const period = unfetchedPeriod(await reports(), unfetchedAfterDays)
      const found = period && (await fetches.unfetched(tenantId, period))
      return found ? { ...found, days: unfetchedAfterDays } : null
    },
    keyUses: ({ tenantId }) => fetches.keyUses(tenantId),
  }
}

const mostDays = 90

/**
 * The publication times that a filter `notFetchedForDays` selects. Undefined if no server reports fetches, or no file is so old.
 * @throws InvalidPageError
 */
export async function periodOfFilter(
  fetches: Pick<FetchStore, 'reports'>,
  days: number,
): Promise<UnfetchedPeriod | undefined> {
  if (Number.isInteger(days) && days >= 1 && days <= mostDays) return unfetchedPeriod(await fetches.reports(), days)
  throw new InvalidPageError(`notFetchedForDays is ${days}. Give a whole number of days from 1 to ${mostDays}.`)
}

function remembered(read: () => Promise<FetchReports | undefined>): () => Promise<FetchReports | undefined> {
  let last: { readonly at: number; readonly answer: Promise<FetchReports | undefined> } | undefined
  return async () => {
    const now = Date.now()
    if (last && now - last.at < reportsAgeMs) return last.answer
    const answer = read()
    last = { at: now, answer }
    // A failure is not remembered.
    answer.catch(() => (last = undefined))
    return answer
  }
}
