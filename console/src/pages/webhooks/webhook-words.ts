import type { WebhookCardFragment, WebhookDeliveryLineFragment } from '../../gql/graphql'
import type { Tone } from '../../ui/tone'

interface Words {
  readonly tone: Tone
  readonly text: string
}

/** Whether a webhook receives events now. */
export function stateOf({ pausedAt, disabledAt }: Pick<WebhookCardFragment, 'pausedAt' | 'disabledAt'>): Words {
  if (disabledAt) return { tone: 'bad', text: 'disabled' }
  return pausedAt ? { tone: 'neutral', text: 'paused' } : { tone: 'good', text: 'active' }
}

/** What became of an event. */
export function outcomeOf({
  status,
  attempts,
  statusCode,
  failure,
}: Pick<WebhookDeliveryLineFragment, 'status' | 'attempts' | 'statusCode' | 'failure'>): Words {
  if (status === 'DELIVERED') return { tone: 'good', text: `delivered (${statusCode})` }
  const why = [failure?.toLowerCase().replaceAll('_', ' '), statusCode && `(${statusCode})`].filter(Boolean).join(' ')
  if (status === 'FAILED') return { tone: 'bad', text: `failed: ${why}` }
  return attempts === 0 ? { tone: 'busy', text: 'waits' } : { tone: 'warn', text: `tried ${attempts} times: ${why}` }
}
