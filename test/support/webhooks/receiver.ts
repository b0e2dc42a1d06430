import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedMessage {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly event: { readonly id: string; readonly type: string; readonly number?: number; readonly data: object }
}

/** What a tenant has at the URL of its webhook. */
export interface WebhookReceiver extends AsyncDisposable {
  /** The URL of an endpoint. Different paths are different endpoints. */
  url(path: string): string
  /** In the order in which they came, without challenges, and those too that were answered with an error. */
  readonly messages: ReceivedMessage[]
  /** The same of one path. */
  of(path: string): ReceivedMessage[]
}

/** The status of an answer, with its headers; undefined: it never answers. */
export type ReceiverAnswer = number | { readonly status: number; readonly headers: Record<string, string> } | undefined

/** Answers challenges, and every other message as `answer` says, 204 by default. */
export async function startWebhookReceiver(
  answer: (message: ReceivedMessage) => ReceiverAnswer = () => 204,
): Promise<WebhookReceiver> {
  const messages: ReceivedMessage[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request)
    const event = JSON.parse(body) as ReceivedMessage['event'] & { readonly data: { readonly challenge?: string } }
    if (event.type === 'webhook.challenge') {
      response.writeHead(200).end(JSON.stringify({ challenge: event.data.challenge }))
      return
    }
    const message = { path: request.url ?? '', headers: request.headers, body, event }
    messages.push(message)
    const answered = answer(message)
    if (answered === undefined) return
    const { status, headers } = typeof answered === 'number' ? { status: answered, headers: {} } : answered
    response.writeHead(status, headers).end()
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: (path) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    messages,
    of: (path) => messages.filter((message) => message.path === path),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  return body
}
