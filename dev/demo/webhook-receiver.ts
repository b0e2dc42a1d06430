import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

/** An event whose signature is right. */
export interface SignedEvent {
  readonly id: string
  readonly type: string
  readonly number: number
  readonly data: { readonly runId?: string; readonly totals?: { readonly files?: number; readonly rows?: number } }
}

/** What a tenant runs at the URL of its webhook. It answers the challenge, and refuses what is not signed. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string
  /** The secret that the API has shown. Without it, every event is refused, and comes again later. */
  trust(secret: string): void
  /** Resolves once that many different events have come. @throws after a minute */
  received(count: number): Promise<SignedEvent[]>
}

const limitMs = 60_000

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const events = new Map<string, SignedEvent>()
  const trusted: { webhook?: Webhook; wake: () => void } = { wake: () => undefined }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    const challenge = challengeOf(body)
    if (challenge !== undefined) return void response.writeHead(200).end(JSON.stringify({ challenge }))
    if (!isSigned(trusted.webhook, request, body)) return void response.writeHead(401).end()
    const event = JSON.parse(body) as SignedEvent
    events.set(event.id, event)
    response.writeHead(204).end()
    trusted.wake()
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tidemark`,
    trust: (secret) => (trusted.webhook = new Webhook(secret)),
    received: async (count) => {
      const late = AbortSignal.timeout(limitMs)
      const isLate = once(late, 'abort').then(() => {
        throw new Error(`${events.size} of ${count} events have come within a minute.`)
      })
      isLate.catch(() => undefined) // The events may be there before it is awaited.
      while (events.size < count) {
        await Promise.race([new Promise<void>((resolve) => (trusted.wake = resolve)), isLate])
      }
      return [...events.values()]
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function challengeOf(body: string): string | undefined {
  const { type, data } = JSON.parse(body) as { type: string; data: { challenge?: string } }
  return type === 'webhook.challenge' ? data.challenge : undefined
}

function isSigned(webhook: Webhook | undefined, { headers }: IncomingMessage, body: string): boolean {
  try {
    webhook?.verify(body, headers as Record<string, string>)
    return webhook !== undefined
  } catch {
    return false
  }
}
