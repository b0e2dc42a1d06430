import { enumOf } from '../enum.js'
import {
  webhookDeliveryStatuses,
  webhookDisabledReasons,
  webhookFailures,
  webhookKinds,
  webhookSignatures,
} from '../../domain/webhook.js'

export const WebhookKindEnum = enumOf('WebhookKind', 'The form in which an endpoint receives events.', webhookKinds)
export const WebhookSignatureEnum = enumOf('WebhookSignature', 'How messages are signed.', webhookSignatures)
export const WebhookDisabledReasonEnum = enumOf(
  'WebhookDisabledReason',
  'Why Tidemark has disabled a webhook.',
  webhookDisabledReasons,
)
export const WebhookDeliveryStatusEnum = enumOf(
  'WebhookDeliveryStatus',
  'What became of an event for an endpoint.',
  webhookDeliveryStatuses,
)
export const WebhookFailureEnum = enumOf('WebhookFailure', 'Why an attempt has failed.', webhookFailures)
