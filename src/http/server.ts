import { randomUUID } from 'node:crypto'
import fastifyApollo from '@as-integrations/fastify'
import { fastifyCors } from '@fastify/cors'
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { TokenVerifier } from '../auth/token-verifier.js'
import type { Config } from '../config/config.js'
import { graphqlContext } from '../graphql/context.js'
import { createGraphqlServer } from '../graphql/server.js'
import { restRoutes } from '../rest/routes.js'
import type { Registrations } from '../services/registrations.js'
import type { Deliveries } from '../services/deliveries.js'
import type { Runs } from '../services/runs.js'
import type { SftpKeys } from '../services/sftp-keys.js'
import type { Logger } from '../telemetry/logger.js'
import { boundDrain } from './drain.js'
import { answerErrors } from './errors.js'
import { healthRoutes, type Readiness } from './health.js'
import { sandboxPage } from './landing-page.js'
import { logRequests } from './request-log.js'

export interface HttpServerOptions {
  readonly http: Pick<Config['http'], 'sandbox' | 'introspection' | 'corsOrigins'>
  readonly registrations: Registrations
  readonly runs: Runs
  readonly deliveries: Deliveries
  readonly sftpKeys: SftpKeys
  readonly verifier: TokenVerifier
  readonly readiness: Readiness
  readonly logger: Logger
  /** Where Apollo Sandbox, if `http.sandbox` is on, gets the token that it fills in. */
  readonly sandbox?: { readonly token: () => Promise<string> } | undefined
  /** How long `close()` waits for requests under way before it cuts them off. */
  readonly drainMs?: number
}

const limits = { bodyLimit: 256 * 1024, requestTimeout: 30_000, connectionTimeout: 60_000 } as const
const sandboxOrigins = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com']

/**
 * GraphQL at `/graphql`, REST at `/export`, and the health checks: ready to listen, not listening yet.
 * `close()` takes no more connections, lets the requests under way end, and then stops GraphQL.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { http, logger, registrations, runs, deliveries, sftpKeys } = options
  const app = fastify({ ...limits, logger: false, trustProxy: false, genReqId: requestId })
  // JSON is all that is taken; a text/plain request could come from a foreign page without a preflight.
  app.removeContentTypeParser('text/plain')
  const requestLog = logRequests(app, logger)
  answerErrors(app, logger)
  boundDrain(app, options.drainMs ?? 5_000)

  const corsOrigins = [...http.corsOrigins, ...(http.sandbox ? sandboxOrigins : [])]
  if (corsOrigins.length > 0) {
    const exposedHeaders = ['www-authenticate', 'x-request-id']
    await app.register(fastifyCors, { origin: corsOrigins, methods: ['GET', 'POST'], exposedHeaders, maxAge: 600 })
  }

  const authenticate = async (request: FastifyRequest) => {
    const actor = await options.verifier.verify(request.headers.authorization)
    requestLog.setTenant(request, actor.tenantId)
    return actor
  }
  await app.register(healthRoutes(options.readiness, logger))
  await app.register(restRoutes({ registrations, authenticate }))

  const { introspection } = http
  const landingPage = http.sandbox ? sandboxPage(options.sandbox, logger) : undefined
  const useCases = { registrations, runs, deliveries, sftpKeys, logger }
  const apollo = createGraphqlServer(useCases, { introspection, landingPage })
  await apollo.start()
  app.addHook('onClose', () => apollo.stop())
  await app.register(fastifyApollo(apollo), {
    path: '/graphql',
    method: ['GET', 'POST'],
    context: (request) =>
      graphqlContext({
        introspection,
        logger,
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
