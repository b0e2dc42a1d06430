import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Logger } from './logger.js'
import { type Metrics, noMetrics } from './metrics.js'

interface Served {
  readonly metrics: Omit<Metrics, typeof Symbol.asyncDispose>
  readonly server: Server
}

/** By address. In the local stack the API and the worker are one process, and have one endpoint. */
const opened = new Map<string, { readonly served: Promise<Served>; users: number }>()

/**
 * Counts and measures, and answers `GET /metrics` at `host:port`. Without an address it does nothing, and loads no library. A
 * process has one endpoint for each address, however often it is opened.
 */
export async function openMetrics(address: string | undefined, logger: Logger): Promise<Metrics> {
  if (address === undefined) return noMetrics
  const entry = opened.get(address) ?? { served: serve(address, logger), users: 0 }
  opened.set(address, entry)
  entry.users += 1
  const close = async (): Promise<void> => {
    entry.users -= 1
    if (entry.users > 0) return
    opened.delete(address)
    const { server } = await entry.served
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  try {
    return { ...(await entry.served).metrics, [Symbol.asyncDispose]: close }
  } catch (error) {
    opened.delete(address)
    throw error
  }
}

async function serve(address: string, logger: Logger): Promise<Served> {
  const { createPrometheusMetrics } = await import('./prometheus.js')
  const metrics = createPrometheusMetrics(logger)
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response
        .writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
        .end('Only GET /metrics is answered here.\n')
      return
    }
    metrics.text().then(
      (body) => response.writeHead(200, { 'content-type': metrics.contentType }).end(body),
      (error: unknown) => {
        logger.error({ err: error }, 'the metrics could not be read')
        response.writeHead(500).end()
      },
    )
  })
  const { hostname, port } = new URL(`http://${address}`)
  server.listen({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) })
  await once(server, 'listening')
  return { metrics, server }
}
