import { useQuery } from 'urql'
import type { DeliveryQuery, RelatedDeliveriesQuery } from '../../gql/graphql'
import { RelatedDeliveriesDocument } from './delivery-query'
import { fileBefore, neighborhoodOf, replacementOf } from './related'

export type RelatedFile = RelatedDeliveriesQuery['before']['edges'][number]['node']

interface Related {
  /** The file that must be loaded before. */
  readonly before: RelatedFile | undefined
  /** The later revision that has replaced the file on the server. */
  readonly replacement: RelatedFile | undefined
}

const nowhere = { day: '', firstDayBefore: '', lastDayBefore: '' }

/** The files to which a delivery leads. The API has none for an entity that the catalog no longer has. */
export function useRelated(delivery: DeliveryQuery['exportDelivery'] | undefined): Related {
  const entity = delivery?.entity?.name
  const isKnown = delivery != null && entity !== undefined
  const [{ data }] = useQuery({
    query: RelatedDeliveriesDocument,
    pause: !isKnown,
    variables: { entity: entity ?? 'USER', ...(delivery ? neighborhoodOf(delivery) : nowhere) },
  })
  if (!isKnown || !data) return { before: undefined, replacement: undefined }
  return {
    before: fileBefore(
      delivery.previousSequence,
      data.before.edges.map(({ node }) => node),
    ),
    replacement: replacementOf(
      delivery,
      data.sameDay.edges.map(({ node }) => node),
    ),
  }
}
