import type { ReactNode } from 'react'
import type { DeliveryLineFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { fetchWords } from './fetch-words'

interface FetchBadgeProps {
  readonly delivery: Pick<DeliveryLineFragment, 'fetchState' | 'fetchedAt'>
}

/** Whether a file was fetched. */
export function FetchBadge({ delivery }: FetchBadgeProps): ReactNode {
  const words = fetchWords(delivery)
  return words ? <Badge tone={words.tone}>{words.text}</Badge> : 'not known'
}
