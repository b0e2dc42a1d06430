import type { DeliveryStore } from '../database/delivery-store.js'
import type { Actor } from '../domain/actor.js'
import type { DeliveredFile } from '../domain/manifest.js'
import { pageOf } from './page.js'
import type { Page, PageArguments } from './runs.js'

/** A published file with what identifies it. */
export interface Delivery extends DeliveredFile {
  readonly id: string
  readonly runId: string
  /** When it was removed from the server, being past its time; null while it lies there. */
  readonly removedAt: Date | null
}

/** The use case around the ledger of deliveries. */
export interface Deliveries {
  /** Newest first; of one entity (internal name) where one is given. @throws InvalidPageError */
  page(actor: Actor, page: PageArguments & { readonly entity?: string | null }): Promise<Page<Delivery>>
}

export function createDeliveries({ deliveries }: { deliveries: DeliveryStore }): Deliveries {
  return {
    page: (actor, { entity, ...page }) =>
      pageOf(
        page,
        (request) => deliveries.page(actor.tenantId, entity ?? undefined, request),
        ({ publishedAt, id }) => ({ at: publishedAt, id }),
      ),
  }
}
