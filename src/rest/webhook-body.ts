import { namesOf } from '../domain/described.js'
import {
  type WebhookDeliveryStatus,
  webhookDeliveryStatuses,
  type WebhookKind,
  webhookKinds,
  type WebhookSignature,
  webhookSignatures,
} from '../domain/webhook.js'
import type { ReplayInput, WebhookDeliveriesArguments } from '../services/webhooks/webhook-deliveries.js'
import type { WebhookChangeInput, WebhookInput } from '../services/webhooks/webhook-input.js'

/** What a body contains, or why it can't be read. */
export type ReadBody<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string }

type Fields = Readonly<Record<string, unknown>>

export const readWebhook = (body: unknown): ReadBody<WebhookInput> =>
  reading(body, ['url', 'label', 'kind', 'types', 'ordered', 'signature'], (fields) => ({
    url: text(fields, 'url'),
    label: text(fields, 'label'),
    kind: word<WebhookKind>(fields, 'kind', namesOf(webhookKinds)),
    types: texts(fields, 'types'),
    ordered: flag(fields, 'ordered'),
    signature: word<WebhookSignature>(fields, 'signature', namesOf(webhookSignatures)),
  }))

/** A field that is left out stays as it is. */
export const readWebhookChange = (body: unknown): ReadBody<WebhookChangeInput> =>
  reading(body, ['label', 'types', 'ordered', 'paused'], (fields) => ({
    label: fields['label'] == null ? undefined : text(fields, 'label'),
    types: texts(fields, 'types'),
    ordered: flag(fields, 'ordered'),
    paused: flag(fields, 'paused'),
  }))

/** The body may be left out. */
export const readRotation = (body: unknown): ReadBody<{ readonly signature: WebhookSignature | undefined }> =>
  reading(body ?? {}, ['signature'], (fields) => ({
    signature: word<WebhookSignature>(fields, 'signature', namesOf(webhookSignatures)),
  }))

export const readReplay = (body: unknown): ReadBody<ReplayInput> =>
  reading(body, ['eventId', 'from', 'to'], (fields) => ({
    eventId: fields['eventId'] == null ? undefined : text(fields, 'eventId'),
    from: time(fields, 'from'),
    to: time(fields, 'to'),
  }))

export const readDeliveriesQuery = (query: unknown): ReadBody<WebhookDeliveriesArguments> =>
  reading(query, ['first', 'after', 'status'], (fields) => ({
    first: size(fields, 'first'),
    after: fields['after'] === undefined ? undefined : text(fields, 'after'),
    status: word<WebhookDeliveryStatus>(fields, 'status', namesOf(webhookDeliveryStatuses)),
  }))

/** A field that does not have its type. */
class FieldError extends Error {
  override readonly name = 'FieldError'
}

function reading<T>(body: unknown, known: readonly string[], read: (fields: Fields) => T): ReadBody<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { ok: false, detail: `The body must be a JSON object with fields of: ${known.join(', ')}.` }
  }
  const unknown = Object.keys(body).find((field) => !known.includes(field))
  if (unknown !== undefined) {
    const detail = `There is no field ${JSON.stringify(unknown.slice(0, 100))}. The fields are: ${known.join(', ')}.`
    return { ok: false, detail }
  }
  try {
    return { ok: true, value: read(body as Fields) }
  } catch (error) {
    if (error instanceof FieldError) return { ok: false, detail: error.message }
    throw error
  }
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string') return value
  throw new FieldError(`\`${name}\` must be a text.`)
}

/** Undefined if it is left out, null if it is null. */
function texts(fields: Fields, name: string): string[] | null | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return value
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
  throw new FieldError(`\`${name}\` must be a list of texts, or null.`)
}

function flag(fields: Fields, name: string): boolean | undefined {
  const value = fields[name] ?? undefined
  if (value === undefined || typeof value === 'boolean') return value
  throw new FieldError(`\`${name}\` must be true or false.`)
}

function word<T extends string>(fields: Fields, name: string, words: readonly T[]): T | undefined {
  const value = fields[name] ?? undefined
  if (value === undefined) return undefined
  const found = words.find((each) => each === value)
  if (found === undefined) throw new FieldError(`\`${name}\` must be one of: ${words.join(', ')}.`)
  return found
}

function time(fields: Fields, name: string): Date | undefined {
  const value = fields[name] ?? undefined
  if (value === undefined) return undefined
  const at = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value) : undefined
  if (at && !Number.isNaN(at.getTime())) return at
  throw new FieldError(`\`${name}\` must be a time, such as "2026-11-28T00:00:00Z".`)
}

function size(fields: Fields, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^\d{1,3}$/.test(value)) return Number(value)
  throw new FieldError(`\`${name}\` must be a whole number from 1 to 100.`)
}
