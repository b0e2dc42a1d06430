import { eventBody, eventTypes, type TenantEvent } from '../../src/domain/event.js'
import type { WebhookKind } from '../../src/domain/webhook.js'
import { chatBody } from '../../src/domain/webhook-message.js'

/** The message for an event, in the form of the endpoint. It is the same in each attempt. */
export function webhookBody(kind: WebhookKind, event: TenantEvent): string {
  return kind === 'STANDARD' ? eventBody(event) : chatBody(kind, { ...event, description: eventTypes[event.type] })
}
