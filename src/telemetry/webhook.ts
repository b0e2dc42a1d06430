import { createHmac } from 'node:crypto'

export interface WebhookMessage {
  /** The same for each post of the message. */
  readonly id: string
  readonly body: unknown
}

/** Posts JSON to one address. */
export interface Webhook {
  /** Posts it once. Returns why the receiver does not have it; undefined if it has. No problem contains the URL. */
  post(message: WebhookMessage, signal?: AbortSignal): Promise<string | undefined>
}

export interface WebhookOptions {
  readonly url: string
  /** The key of the signature. Without it, posts are not signed. */
  readonly secret?: Buffer | undefined
  readonly fetch?: typeof globalThis.fetch
}

const timeoutMs = 5000

/** The headers are those of https://www.standardwebhooks.com, also without a secret. */
export function createWebhook({ url, secret, fetch = globalThis.fetch }: WebhookOptions): Webhook {
  return {
    post: async ({ id, body }, signal) => {
      const text = JSON.stringify(body)
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headersOf(id, text, secret) },
          body: text,
          // The operator decides where alerts are sent, so the receiver can't redirect them.
          redirect: 'manual',
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        })
        await response.body?.cancel()
        return response.ok ? undefined : `it answered ${response.status}`
      } catch (error) {
        return wordsFor(error)
      }
    },
  }
}

function headersOf(id: string, body: string, secret: Buffer | undefined): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp }
  if (!secret) return headers
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { ...headers, 'webhook-signature': `v1,${signature}` }
}

/** The system's code, such as ECONNREFUSED, which says more than "fetch failed" and never holds the URL. */
function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const cause = error.cause
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}
