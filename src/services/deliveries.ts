import type { DayRange } from '../database/deliveries/delivery-days.js'
import type { DeliveryFilter, DeliveryStore } from '../database/deliveries/delivery-store.js'
import type { FetchStore } from '../database/fetches/fetch-store.js'
import type { Actor } from '../domain/actor.js'
import type { Delivery } from '../domain/delivery.js'
import { type ExportDay, exportDays, mostExportDays } from '../domain/export-day.js'
import type { Run } from '../domain/run.js'
import { isUuid } from '../domain/uuid.js'
import { periodOfFilter } from './fetches.js'
import { InvalidPageError, type Page, type PageArguments, pageOf } from './page.js'

export interface DeliveryPageArguments extends PageArguments, Omit<DeliveryFilter, 'unfetched'> {
  /** Only files that were published this number of days ago or earlier, are stored on the server, and were not fetched. */
  readonly notFetchedForDays?: number | null | undefined
}

/** The use case around the ledger of deliveries. */
export interface Deliveries {
  /** Newest first. @throws InvalidPageError */
  page(actor: Actor, page: DeliveryPageArguments): Promise<Page<Delivery>>
  /** The delivery, or null if the tenant has no delivery with that id. */
  find(actor: Actor, id: string): Promise<Delivery | null>
  /** The newest delivery of each of these entities that has one. */
  newest(actor: Actor, entities: readonly string[]): Promise<readonly Delivery[]>
  /** The days with a delivery or a failed run, oldest first. @throws InvalidPageError if the range is too long */
  days(actor: Actor, range: DayRange): Promise<readonly ExportDay[]>
  /** What these runs of the tenant have published, in no order. */
  ofRuns(actor: Actor, runs: readonly Pick<Run, 'id'>[]): Promise<readonly Delivery[]>
}

export interface DeliveriesDependencies {
  readonly deliveries: DeliveryStore
  readonly fetches: Pick<FetchStore, 'reports'>
}

export function createDeliveries({ deliveries, fetches }: DeliveriesDependencies): Deliveries {
  return {
    page: (actor, { after, before, first, last, notFetchedForDays, ...filter }) =>
      pageOf(
        { after, before, first, last },
        async (request) => {
          if (filter.runId != null && !isUuid(filter.runId)) return []
          if (notFetchedForDays == null) return deliveries.page(actor.tenantId, filter, request)
          const unfetched = await periodOfFilter(fetches, notFetchedForDays)
          return unfetched ? deliveries.page(actor.tenantId, { ...filter, unfetched }, request) : []
        },
        ({ publishedAt, id }) => ({ at: publishedAt, id }),
      ),
    find: async ({ tenantId }, id) => (isUuid(id) ? ((await deliveries.find(tenantId, id)) ?? null) : null),
    newest: ({ tenantId }, entities) => deliveries.newest(tenantId, entities),
    days: async ({ tenantId }, range) => {
      requireShort(range)
      return exportDays(await deliveries.days(tenantId, range))
    },
    ofRuns: (actor, runs) =>
      deliveries.ofRuns(
        actor.tenantId,
        runs.map(({ id }) => id),
      ),
  }
}

function requireShort({ from, to }: DayRange): void {
  const days = Math.round((to.getTime() - from.getTime()) / 86_400_000) + 1
  if (days < 1) throw new InvalidPageError('The first day is after the last day. Change from or to.')
  if (days > mostExportDays) {
    throw new InvalidPageError(`The answer covers at most ${mostExportDays} days, not ${days}. Change from or to.`)
  }
}
