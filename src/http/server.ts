import { randomUUID } from 'node:crypto'
import fastifyApollo from '@as-integrations/fastify'
import { fastifyCors } from '@fastify/cors'
import { fastify, type FastifyInstance } from 'fastify'
import type { TokenVerifier } from '../auth/token-verifier.js'
import type { Config } from '../config/config.js'
import { graphqlContext } from '../graphql/context.js'
import { createGraphqlServer } from '../graphql/server.js'
import { restRoutes } from '../rest/routes.js'
import type { Audit } from '../services/audit.js'
import type { Registrations } from '../services/registrations.js'
import type { Deliveries } from '../services/deliveries.js'
import type { Runs } from '../services/runs.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import type { Logger } from '../telemetry/logger.js'
import { authentication } from './authentication.js'
import { boundConnections, connectionOptions } from './connections.js'
import { boundDrain } from './drain.js'
import { answerErrors } from './errors.js'
import { sendSecurityHeaders } from './headers.js'
import { healthRoutes, isHealthCheck, type Readiness } from './health.js'
import { takeJsonOnly } from './json.js'
import { sandboxPage } from './landing-page.js'
import { createRateLimits } from './rate-limits.js'
import { logRequests } from './request-log.js'
import { describeResource } from './resource-metadata.js'

export interface HttpServerOptions {
  readonly http: Omit<Config['http'], 'host' | 'port'>
  /** The issuer whose tokens the verifier takes. */
  readonly issuer: string
  readonly registrations: Registrations
  readonly runs: Runs
  readonly deliveries: Deliveries
  readonly audit: Audit
  readonly sftpKeys: SftpKeys
  readonly verifier: TokenVerifier
  readonly readiness: Readiness
  readonly logger: Logger
  /** Where Apollo Sandbox, if `http.sandbox` is on, gets the token that it fills in. */
  readonly sandbox?: { readonly token: () => Promise<string> } | undefined
  /** How long `close()` waits for requests under way before it cuts them off. */
  readonly drainMs?: number
}

const sandboxOrigins = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com']

/**
 * GraphQL at `/graphql`, REST at `/export`, and the health checks: ready to listen, not listening yet.
 * `close()` takes no more connections, lets the requests under way end, and then stops GraphQL.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { http, logger, registrations, runs, deliveries, sftpKeys, audit } = options
  const trustProxy = http.trustedProxies.length > 0 ? [...http.trustedProxies] : false
  const app = fastify({ ...connectionOptions(http), logger: false, trustProxy, genReqId: requestId })
  boundConnections(app, http)
  takeJsonOnly(app)
  const requestLog = logRequests(app, logger)
  sendSecurityHeaders(app)
  answerErrors(app, audit, logger)
  boundDrain(app, options.drainMs ?? 5_000)
  describeResource(app, { issuer: options.issuer, publicUrl: http.publicUrl })

  const corsOrigins = [...http.corsOrigins, ...(http.sandbox ? sandboxOrigins : [])]
  if (corsOrigins.length > 0) {
    const exposedHeaders = ['www-authenticate', 'x-request-id', 'retry-after']
    await app.register(fastifyCors, { origin: corsOrigins, methods: ['GET', 'POST'], exposedHeaders, maxAge: 600 })
  }

  const limits = createRateLimits(http.rateLimits)
  app.addHook('onRequest', async ({ ip, url }) => {
    // Probes come from the platform, perhaps by way of the same proxy as everybody else.
    if (!isHealthCheck(url)) await limits.admitAddress(ip)
  })
  const authenticate = authentication({ verifier: options.verifier, limits, requestLog })
  await app.register(healthRoutes(options.readiness, logger))
  await app.register(restRoutes({ registrations, audit, authenticate }))

  const { introspection } = http
  const landingPage = http.sandbox ? sandboxPage(options.sandbox, logger) : undefined
  const useCases = { registrations, runs, deliveries, sftpKeys, audit, logger }
  const apollo = createGraphqlServer(useCases, { introspection, landingPage })
  await apollo.start()
  app.addHook('onClose', () => apollo.stop())
  await app.register(fastifyApollo(apollo), {
    path: '/graphql',
    method: ['GET', 'POST'],
    context: (request) =>
      graphqlContext({
        introspection,
        audit,
        logger,
        document: (request.body as { query?: unknown } | null | undefined)?.query,
        hasAuthorization: request.headers.authorization !== undefined,
        authenticate: () => authenticate(request),
      }),
  })
  return app
}

/** The caller's own id for the request where it sent a decent one, so that logs on both sides can be joined. */
function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
}
