import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Alert } from '../../src/telemetry/alerts.js'

export type PostedAlert = Alert & { readonly at: string }

/** What an operator has at ALERT_WEBHOOK_URL. */
export interface AlertReceiver extends AsyncDisposable {
  readonly url: string
  /** In the order in which they came, those too that it answered with an error. */
  readonly alerts: PostedAlert[]
}

/** `answer` gives the status of the answer to the post of that number, from 1; undefined: it never answers. */
export async function startAlertReceiver(
  answer: (post: number) => number | undefined = () => 204,
): Promise<AlertReceiver> {
  const alerts: PostedAlert[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    alerts.push(JSON.parse(await bodyOf(request)) as PostedAlert)
    const status = answer(alerts.length)
    if (status !== undefined) response.writeHead(status, { location: '/elsewhere' }).end()
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=hook-key-that-nobody-may-see`,
    alerts,
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
