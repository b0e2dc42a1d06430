import { namesOf } from '../../domain/described.js'
import { type EventType, eventTypes, isEventType } from '../../domain/event.js'
import { problemOfLabel } from '../../domain/sftp-key.js'
import type { WebhookKind, WebhookSignature } from '../../domain/webhook.js'
import { problemOfWebhookUrl, webhookUrlProblems } from '../../domain/webhook-url.js'
import { type UserError, userError } from '../user-error.js'
import type { WebhooksDependencies } from './dependencies.js'

/** What a tenant sends to add an endpoint. */
export interface WebhookInput {
  readonly url: string
  readonly label: string
  /** STANDARD by default. */
  readonly kind?: WebhookKind | null | undefined
  /** Null: all types. */
  readonly types?: readonly string[] | null | undefined
  /** False by default. */
  readonly ordered?: boolean | null | undefined
  /** HMAC by default. */
  readonly signature?: WebhookSignature | null | undefined
}

/** What a tenant changes of an endpoint. What is left out stays as it is; `types: null` chooses all types. */
export interface WebhookChangeInput {
  readonly label?: string | null | undefined
  readonly types?: readonly string[] | null | undefined
  readonly ordered?: boolean | null | undefined
  /** False also enables an endpoint that was disabled. */
  readonly paused?: boolean | null | undefined
}

/** Everything that is wrong at once. No message repeats the URL, which may contain a secret. */
export function problemsOfWebhook(
  { url, label, kind, types }: WebhookInput,
  { allowPrivate, isPublicAddress }: Pick<WebhooksDependencies, 'allowPrivate' | 'isPublicAddress'>,
): UserError[] {
  const problem = problemOfWebhookUrl(url, { kind: kind ?? 'STANDARD', allowPrivate, isPublicAddress })
  return [
    ...(problem ? [userError('INVALID_WEBHOOK_URL', webhookUrlProblems[problem], ['input', 'url'])] : []),
    ...problemsOfChange({ label, types }),
  ]
}

export function problemsOfChange({ label, types }: WebhookChangeInput): UserError[] {
  return [...(label == null ? [] : problemsOfLabel(label)), ...(types == null ? [] : problemsOfTypes(types))]
}

const labelMessages = {
  EMPTY: 'label is empty. Give the webhook a name, such as "warehouse".',
  TOO_LONG: 'label is longer than 100 characters. Choose a shorter name.',
  CONTROL_CHARACTERS: 'label contains control characters. Use plain text in one line.',
  PRIVATE_KEY: 'label contains a private key. It was not stored, but it is no longer secret. Create a new key pair.',
} as const

function problemsOfLabel(label: string): UserError[] {
  const problem = problemOfLabel(label)
  if (!problem) return []
  const code = problem === 'PRIVATE_KEY' ? 'PRIVATE_KEY_GIVEN' : 'INVALID_LABEL'
  return [userError(code, labelMessages[problem], ['input', 'label'])]
}

function problemsOfTypes(types: readonly string[]): UserError[] {
  const unknown = types.filter((type) => !isEventType(type))
  if (types.length > 0 && unknown.length === 0) return []
  const message =
    types.length === 0
      ? 'types is empty. Name at least one type of events, or leave it out for all types.'
      : `types contains ${unknown
          .slice(0, 5)
          .map((type) => JSON.stringify(type.slice(0, 100)))
          .join(', ')}, which is no type of events.`
  return [userError('INVALID_WEBHOOK', message, ['input', 'types'], { allowedValues: namesOf(eventTypes) })]
}

/** Each type once. They were checked before. */
export function typesOf(types: readonly string[] | null | undefined): readonly EventType[] | null {
  return types ? [...new Set(types.filter(isEventType))] : null
}
