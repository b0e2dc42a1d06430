import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A post in the form `json`: what tests look at. */
export interface PostedAlert {
  readonly id: string
  readonly event: 'opened' | 'updated' | 'resolved'
  readonly code: string
  readonly subject: string
  readonly incidentId: string
  readonly text: string
  readonly message: string
  readonly tenants: { readonly count: number; readonly first: readonly string[] }
  readonly files: number
  readonly failedRuns: number
  readonly links: { readonly workflow: string | null; readonly runbook: string; readonly query: string }
}

/** What an operator has at ALERT_WEBHOOK_URL. */
export interface AlertReceiver extends AsyncDisposable {
  readonly url: string
  /** In the order in which they came, those too that it answered with an error. */
  readonly alerts: PostedAlert[]
  readonly posts: { readonly headers: IncomingHttpHeaders; readonly body: string; readonly at: number }[]
}

/** `answer` gives the status of the answer to the post of that number, from 1; undefined: it never answers. */
export async function startAlertReceiver(
  answer: (post: number) => number | undefined = () => 204,
): Promise<AlertReceiver> {
  const alerts: PostedAlert[] = []
  const posts: { headers: IncomingHttpHeaders; body: string; at: number }[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request)
    posts.push({ headers: request.headers, body, at: Date.now() })
    alerts.push(JSON.parse(body) as PostedAlert)
    const status = answer(posts.length)
    if (status !== undefined) response.writeHead(status, { location: '/elsewhere' }).end()
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=hook-key-that-nobody-may-see`,
    alerts,
    posts,
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
