import type { SendDependencies } from '../../activities/webhooks/index.js'
import type { WebhookSenderOptions } from '../webhooks/sender.js'

/** For tests of webhooks: what users can't set. */
export interface WebhookOverrides extends Pick<WebhookSenderOptions, 'ca' | 'lookup'> {
  readonly retryUnitMs?: number
  readonly onAttempt?: SendDependencies['onAttempt']
}
