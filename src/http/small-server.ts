import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../telemetry/logger.js'
import { readinessAnswer } from './health.js'
import { createReadiness, type HealthChecks } from './readiness.js'

export interface SmallAnswer {
  readonly code: number
  /** An object is sent as JSON. */
  readonly body: object | string
  /** The type of a text. */
  readonly contentType?: string
}

/** What GET on a path answers. */
export type SmallRoutes = Readonly<Record<string, () => Promise<SmallAnswer> | SmallAnswer>>

export interface SmallServer extends AsyncDisposable {
  readonly url: string
}

/** For a worker: `/healthz` says whether it takes tasks, `/readyz` whether the services that it needs are available. */
export function workerHealth(options: {
  readonly isWorking: () => boolean
  readonly checks: HealthChecks
  readonly logger: Logger
}): SmallRoutes {
  const readiness = createReadiness(options.checks, options.logger)
  return {
    '/healthz': () => {
      const isWorking = options.isWorking()
      return { code: isWorking ? 200 : 503, body: { status: isWorking ? 'ok' : 'unavailable' } }
    },
    '/readyz': async () => readinessAnswer(await readiness()),
  }
}

/**
 * A server for probes and scrapers, with a few routes and without limits per caller: do not publish it. `address` is `host:port`.
 * It needs nothing but Node, because a worker does not load the API's libraries.
 * @throws if the address is in use
 */
export async function startSmallServer(address: string, routes: SmallRoutes, logger: Logger): Promise<SmallServer> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 },
    (request, response) => {
      answer(routes, request, response).catch((error: unknown) => {
        logger.error({ err: error, path: pathOf(request) }, 'a probe failed unexpectedly')
        send(response, { code: 500, body: { status: 'failed' } })
      })
    },
  )
  server.maxConnections = 100
  const { host, port } = hostAndPort(address)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port }, resolve))
  // Probes do not keep a process alive that has stopped.
  server.unref()
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => close(server),
  }
}

async function answer(routes: SmallRoutes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = pathOf(request)
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (!route) return send(response, { code: 404, body: { status: 'not found' } })
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, { code: 405, body: { status: 'only GET' } })
  }
  send(response, await route())
}

function send(response: ServerResponse, { code, body, contentType }: SmallAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type =
    contentType ?? (typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8')
  response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  response.end(text)
}

function pathOf({ url }: IncomingMessage): string {
  return (url ?? '/').split('?', 1)[0] ?? '/'
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) }
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
