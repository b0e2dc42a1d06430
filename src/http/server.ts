import { randomUUID } from 'node:crypto'
import { fastifyCors } from '@fastify/cors'
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { TokenVerifier } from '../auth/token-verifier.js'
import type { Config } from '../config/config.js'
import { restRoutes } from '../rest/routes.js'
import type { Audit } from '../services/audit.js'
import type { Contracts } from '../services/contracts.js'
import type { IncidentQueries } from '../services/incident-queries.js'
import type { TenantLateness } from '../services/lateness.js'
import type { Operations } from '../services/operations.js'
import type { Registrations } from '../services/registrations/registrations.js'
import type { EventFeed } from '../services/events/event-feed.js'
import type { Deliveries } from '../services/deliveries.js'
import type { Fetches } from '../services/fetches.js'
import type { Runs } from '../services/runs/runs.js'
import type { EmailLinks } from '../services/email/links.js'
import type { EmailRecipients } from '../services/email/recipients.js'
import type { PgpKeys } from '../services/pgp-keys.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import type { DeliveryTests } from '../services/test-delivery.js'
import type { Webhooks } from '../services/webhooks/webhooks.js'
import type { Logger } from '../telemetry/logger.js'
import type { Metrics } from '../telemetry/metrics.js'
import { boundAnswers } from './answers.js'
import { authentication } from './authentication.js'
import { boundConnections, connectionOptions } from './connections.js'
import { boundDrain } from './drain.js'
import { emailLinkRoutes } from './email/links.js'
import { answerErrors } from './errors.js'
import { addGraphql } from './graphql.js'
import { sendSecurityHeaders } from './headers.js'
import { healthRoutes, isHealthCheck } from './health.js'
import type { HealthChecks } from './readiness.js'
import { takeJsonOnly } from './json.js'
import { publishManifestKeys } from './manifest-keys.js'
import type { HomePage } from './home-page.js'
import { createRateLimits, type RateLimits } from './rate-limits.js'
import { measureRequests } from './request-metrics.js'
import { refuseAmbiguousForms } from './request-form.js'
import { logRequests } from './request-log.js'
import { traceRequests } from './request-spans.js'
import { readOrigins, type RequestOrigin } from './request-origin.js'
import { describeResource } from './resource-metadata.js'
import { boundTenantRequests } from './tenant-requests.js'
import { limitWrites } from './write-limits.js'
import { loopbackOrigin } from './addresses.js'
import type { ConsoleOptions } from './console/console.js'

export interface HttpServerOptions {
  readonly http: Omit<Config['http'], 'port'>
  /** The issuer whose tokens the verifier accepts. */
  readonly issuer: string
  /** The prefix that the issuer gives to each scope of this service. Empty by default. */
  readonly scopePrefix?: string
  readonly registrations: Registrations
  readonly runs: Runs
  readonly deliveries: Deliveries
  readonly fetches: Fetches
  readonly contracts: Contracts
  readonly audit: Audit
  readonly sftpKeys: SftpKeys
  readonly pgpKeys: PgpKeys
  readonly emailRecipients: EmailRecipients
  readonly emailLinks: EmailLinks
  readonly incidents: IncidentQueries
  readonly lateness: TenantLateness
  readonly operations: Operations
  readonly deliveryTests: DeliveryTests
  readonly webhooks: Webhooks
  readonly eventFeed: EventFeed
  readonly verifier: TokenVerifier
  /** The public keys of manifests, as JSON Web Keys. None by default. */
  readonly manifestKeys?: readonly object[]
  /** The services that the API needs, for `/readyz`. */
  readonly checks: HealthChecks
  readonly logger: Logger
  /** Nothing is measured by default. */
  readonly metrics?: Metrics
  /**
   * Provides the token for Apollo Sandbox, if `http.sandbox` is on. It requires a server that listens only on this machine:
   * pages of this machine may call it, with any port.
   */
  readonly sandbox?: { readonly token: () => Promise<string>; readonly home?: HomePage } | undefined
  /** There is no console by default. */
  readonly console?: ConsoleOptions | undefined
  /** How long `close()` waits for requests in progress before it closes their connections. 5 s by default. */
  readonly drainMs?: number
  /** How often an idle subscription sends a heartbeat. 10 s by default. */
  readonly heartbeatMs?: number
}

const sandboxOrigins = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com']

/**
 * A server that does not listen yet, with GraphQL at `/graphql`, REST at `/export`, and the health checks. `close()` accepts
 * no more connections, waits for the requests in progress, and then stops GraphQL.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { http, logger, audit } = options
  const app = fastify({ ...connectionOptions(http), logger: false, genReqId: requestId })
  const originOf = readOrigins(http.trustedProxies)
  const limits = createRateLimits(http.rateLimits)
  traceRequests(app)
  boundConnections(app, http)
  takeJsonOnly(app)
  const requestLog = logRequests(app, originOf, logger)
  if (options.metrics) measureRequests(app, options.metrics)
  sendSecurityHeaders(app)
  answerErrors(app, audit, logger)
  boundDrain(app, options.drainMs ?? drainMs)
  boundAnswers(app, http.answerTimeoutMs)
  const { issuer, scopePrefix = '' } = options
  describeResource(app, { issuer, scopePrefix, publicUrl: http.publicUrl, originOf })
  const origins = [
    ...http.corsOrigins,
    ...(http.sandbox ? sandboxOrigins : []),
    ...(options.sandbox ? [loopbackOrigin] : []),
  ]
  await permitOrigins(app, origins, (request) => admitAddress(limits, originOf, request))
  refuseAmbiguousForms(app)

  const tenantRequests = boundTenantRequests(app, http.tenantRequestsAtOnce)
  const authenticate = authentication({ verifier: options.verifier, originOf, limits, tenantRequests, requestLog })
  const useCases = { ...options, ...limitWrites(options, limits) }
  await app.register(healthRoutes(options.checks, logger))
  publishManifestKeys(app, options.manifestKeys ?? [])
  await app.register(restRoutes({ ...useCases, authenticate }))
  await app.register(emailLinkRoutes({ links: options.emailLinks, originOf }))
  await addGraphql(app, useCases, {
    ...{ authenticate, limits, requestLog, origins, originOf },
    drainMs: options.drainMs ?? drainMs,
  })
  return app
}

const drainMs = 5_000

/** Health checks are not counted: they may come from the address of the proxy that forwards all callers. */
async function admitAddress(
  limits: RateLimits,
  originOf: (request: FastifyRequest) => RequestOrigin,
  request: FastifyRequest,
): Promise<void> {
  if (!isHealthCheck(request.url)) await limits.admitAddress(originOf(request).address)
}

/**
 * Admits each request by its address, and permits browsers to call from the given origins. A preflight request is counted
 * before its response. Other requests are counted after the CORS headers are set, so that a browser can read a refusal.
 */
async function permitOrigins(
  app: FastifyInstance,
  origin: (string | RegExp)[],
  admit: (request: FastifyRequest) => Promise<void>,
): Promise<void> {
  app.addHook('onRequest', (request) => (request.method === 'OPTIONS' ? admit(request) : Promise.resolve()))
  if (origin.length > 0) {
    const exposedHeaders = ['www-authenticate', 'x-request-id', 'retry-after']
    await app.register(fastifyCors, {
      origin,
      methods: ['GET', 'POST', 'PATCH', 'DELETE'],
      exposedHeaders,
      maxAge: 600,
    })
  }
  app.addHook('onRequest', (request) => (request.method === 'OPTIONS' ? Promise.resolve() : admit(request)))
}

/** The caller's own id of the request if it sent a valid one, so that the logs of both sides can be joined. */
function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
}
