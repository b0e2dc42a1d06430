import type { Actor } from '../../domain/actor.js'
import type { Delivery } from '../../domain/delivery.js'
import type { Run } from '../../domain/run.js'
import type { Deliveries } from '../../services/deliveries.js'
import type { FindDelivery } from './run.type.js'

/** Finds what the runs of one answer have published. The first call reads it for all of them. */
export function deliveriesOf(deliveries: Deliveries, actor: Actor, runs: readonly Run[]): FindDelivery {
  let found: Promise<ReadonlyMap<string, Delivery>> | undefined
  const read = async (): Promise<ReadonlyMap<string, Delivery>> =>
    new Map((await deliveries.ofRuns(actor, runs)).map((delivery) => [keyOf(delivery.runId, delivery), delivery]))
  return async (run, runEntity) => (await (found ??= read())).get(keyOf(run.id, runEntity))
}

function keyOf(runId: string, { entity, to }: Pick<Delivery, 'entity' | 'to'>): string {
  return `${runId} ${entity} ${to.getTime()}`
}
