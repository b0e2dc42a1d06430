import type { DeliveryFilter, DeliveryStore } from '../database/deliveries/delivery-store.js'
import type { Actor } from '../domain/actor.js'
import type { Delivery } from '../domain/delivery.js'
import type { Run } from '../domain/run.js'
import { type Page, type PageArguments, pageOf } from './page.js'

export type DeliveryPageArguments = PageArguments & DeliveryFilter

/** The use case around the ledger of deliveries. */
export interface Deliveries {
  /** Newest first. @throws InvalidPageError */
  page(actor: Actor, page: DeliveryPageArguments): Promise<Page<Delivery>>
  /** What these runs of the tenant have published, in no order. */
  ofRuns(actor: Actor, runs: readonly Pick<Run, 'id'>[]): Promise<readonly Delivery[]>
}

export function createDeliveries({ deliveries }: { deliveries: DeliveryStore }): Deliveries {
  return {
    page: (actor, { entity, since, until, ...page }) =>
      pageOf(
        page,
        (request) => deliveries.page(actor.tenantId, { entity, since, until }, request),
        ({ publishedAt, id }) => ({ at: publishedAt, id }),
      ),
    ofRuns: (actor, runs) =>
      deliveries.ofRuns(
        actor.tenantId,
        runs.map(({ id }) => id),
      ),
  }
}
