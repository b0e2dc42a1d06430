import type { Webhook } from '../../domain/webhook.js'

/** What the audit log says of a webhook. The path of its URL may contain a secret. */
export function described({ url, label, kind, types, ordered, pausedAt, disabledReason, secrets }: Webhook) {
  return {
    host: new URL(url).host,
    ...{ label, kind, types, ordered },
    paused: pausedAt !== null,
    disabledReason,
    secrets: secrets.map(({ id, signature }) => ({ id, signature })),
  }
}
