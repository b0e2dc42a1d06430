import type { EventType } from './event.js'

/** The forms in which an endpoint receives events. */
export const webhookKinds = {
  STANDARD: 'Signed JSON, as Standard Webhooks 1.0.0 defines it.',
  SLACK: 'A text for an incoming webhook of Slack. Slack verifies no signature.',
  TEAMS: 'A card for a workflow of Microsoft Teams. Teams verifies no signature.',
} as const
export type WebhookKind = keyof typeof webhookKinds

/** How the messages to an endpoint are signed. */
export const webhookSignatures = {
  HMAC: 'HMAC-SHA256 with a shared secret, `whsec_…`. The signature begins with `v1,`.',
  ED25519: 'Ed25519 with a private key that only Tidemark has. The public key is `whpk_…`, the signature `v1a,…`.',
} as const
export type WebhookSignature = keyof typeof webhookSignatures

export const webhookDeliveryStatuses = {
  PENDING: 'The event is not delivered yet. Attempts go on.',
  DELIVERED: 'The endpoint has answered with a status code from 200 to 299.',
  FAILED: 'All attempts have failed. A replay sends the event again.',
} as const
export type WebhookDeliveryStatus = keyof typeof webhookDeliveryStatuses

/** Why an attempt has failed. No other detail of an answer is kept. */
export const webhookFailures = {
  TIMEOUT: 'The endpoint did not answer within 5 seconds.',
  NAME_NOT_RESOLVED: 'The host name of the endpoint does not resolve.',
  ADDRESS_REFUSED: 'The host name resolves to an address that Tidemark does not send to, such as a private one.',
  CONNECTION_FAILED: 'The endpoint does not accept connections, or closed the connection.',
  TLS_FAILED: 'The certificate of the endpoint is not valid for its host name.',
  REDIRECTED: 'The endpoint answered with a redirect, which Tidemark does not follow.',
  REJECTED: 'The endpoint answered with a status code that is not from 200 to 299.',
  GONE: 'The endpoint answered with status code 410, which disables it.',
  EVENT_REMOVED: 'The event was removed after its retention time, before it was delivered.',
} as const
export type WebhookFailure = keyof typeof webhookFailures

export const webhookDisabledReasons = {
  FAILING: 'All attempts for an event have failed, over about three days.',
  GONE: 'The endpoint answered with status code 410.',
} as const
export type WebhookDisabledReason = keyof typeof webhookDisabledReasons

/** The most endpoints of a tenant. */
export const mostWebhooks = 10
/** Two, so that a receiver can change to a new secret while the old one still signs. */
export const mostWebhookSecrets = 2
/** The most events of one replay. */
export const mostReplayedEvents = 1000
/** For how many days finished deliveries are listed. */
export const webhookDeliveryDays = 90

/** An endpoint of a tenant that receives its events. */
export interface Webhook {
  readonly id: string
  /** For SLACK and TEAMS without the path, which is a secret. */
  readonly url: string
  readonly label: string
  readonly kind: WebhookKind
  /** The types of events that it receives; null: all. */
  readonly types: readonly EventType[] | null
  /** Whether an event waits until all earlier ones are delivered. */
  readonly ordered: boolean
  readonly pausedAt: Date | null
  readonly disabledAt: Date | null
  readonly disabledReason: WebhookDisabledReason | null
  readonly createdAt: Date
  /** The subject of the token that added it. */
  readonly createdBy: string
  /** Oldest first. */
  readonly secrets: readonly WebhookSecret[]
}

/** A secret that signs the messages to an endpoint, without the secret itself. */
export interface WebhookSecret {
  readonly id: string
  readonly signature: WebhookSignature
  /** `whpk_…`; null for HMAC. */
  readonly publicKey: string | null
  readonly createdAt: Date
  readonly createdBy: string
}

/** A secret as it is stored: sealed with a key that the database does not have. */
export interface SealedSecret {
  readonly id: string
  /** URL: the whole URL of an endpoint of Slack or Teams. */
  readonly kind: WebhookSignature | 'URL'
  readonly publicKey: string | null
  readonly sealed: Uint8Array
  /** Names the key with which it is sealed. */
  readonly keyId: string
  readonly createdAt: Date
  readonly createdBy: string
}

/** What became of one event for one endpoint. */
export interface WebhookDelivery {
  readonly eventId: string
  readonly number: number
  readonly type: EventType
  /** When the event happened. */
  readonly at: Date
  readonly attempts: number
  /** Null if it is delivered or has failed for good. */
  readonly nextAttemptAt: Date | null
  readonly deliveredAt: Date | null
  readonly failedAt: Date | null
  /** Of the last attempt; null if there was no answer. */
  readonly statusCode: number | null
  /** Of the last attempt; null if it succeeded, or if there was none. */
  readonly failure: WebhookFailure | null
}

export function webhookDeliveryStatus({
  deliveredAt,
  failedAt,
}: Pick<WebhookDelivery, 'deliveredAt' | 'failedAt'>): WebhookDeliveryStatus {
  if (deliveredAt !== null) return 'DELIVERED'
  return failedAt === null ? 'PENDING' : 'FAILED'
}

/** What binds a sealed secret to its endpoint, so that it opens nowhere else. */
export function webhookSecretContext(tenantId: string, webhookId: string): string {
  return `webhook ${tenantId} ${webhookId}`
}
