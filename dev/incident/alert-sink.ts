import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** A post of ALERT_WEBHOOK_URL, in the JSON form. */
export interface PostedAlert {
  readonly event: 'opened' | 'updated' | 'resolved'
  readonly code: string
  readonly incidentId: string
  readonly [field: string]: unknown
}

/** What an on-call service would be: it takes alerts, and tells of each. */
export interface AlertSink extends AsyncDisposable {
  readonly url: string
  /** Resolves with the next alert of that event, also if it came already. */
  next(event: PostedAlert['event']): Promise<PostedAlert>
}

export async function startAlertSink(onAlert: (alert: PostedAlert) => void): Promise<AlertSink> {
  const alerts: PostedAlert[] = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const alert = JSON.parse(body) as PostedAlert
      alerts.push(alert)
      onAlert(alert)
      response.writeHead(204).end()
      for (const wake of waiting) wake()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    next: (event) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = alerts.find((alert) => alert.event === event)
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  return body
}
