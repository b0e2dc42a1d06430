import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TokenVerifier } from '../auth/token-verifier.js'
import type { Config } from '../config/config.js'
import { type GraphqlContext, graphqlContext } from '../graphql/context.js'
import type { SchemaDependencies } from '../graphql/schema.js'
import { createGraphqlServer } from '../graphql/server.js'
import type { SubscriptionCall } from '../graphql/subscriptions/subscription-call.js'
import type { Audit } from '../services/audit.js'
import { createRunUpdates } from '../services/run-updates.js'
import type { Logger } from '../telemetry/logger.js'
import { type Authenticate, namedTenant } from './authentication.js'
import { type ConsoleOptions, consoleRoutes } from './console/console.js'
import type { RequestSessions } from './console/request-sessions.js'
import { type HomePage, serveHomePage } from './home-page.js'
import { guardSandboxPage, pageToken, sandboxPage } from './landing-page.js'
import type { RateLimits } from './rate-limits.js'
import type { RequestLog } from './request-log.js'
import type { RequestOrigin } from './request-origin.js'
import { addGraphqlRoute, type ContextOf } from './subscriptions/graphql-route.js'

/** Proxies close connections that are idle for a minute, or less. */
const usualHeartbeatMs = 10_000

/** What the options of the server say of GraphQL. */
export interface GraphqlOptions {
  readonly http: Omit<Config['http'], 'port'>
  readonly audit: Audit
  readonly logger: Logger
  readonly verifier: TokenVerifier
  readonly sandbox?: { readonly token: () => Promise<string>; readonly home?: HomePage } | undefined
  readonly console?: ConsoleOptions | undefined
  readonly heartbeatMs?: number
}

export interface GraphqlParts {
  readonly authenticate: Authenticate
  readonly limits: RateLimits
  readonly requestLog: RequestLog
  readonly origins: readonly (string | RegExp)[]
  readonly originOf: (request: FastifyRequest) => RequestOrigin
  readonly drainMs: number
}

/** GraphQL with its pages: for callers with a token, and for the console if there is one. */
export async function addGraphql(
  app: FastifyInstance,
  options: GraphqlOptions & SchemaDependencies,
  parts: GraphqlParts,
): Promise<void> {
  const { http, audit, logger, sandbox, verifier, heartbeatMs = usualHeartbeatMs } = options
  if (sandbox) guardSandboxPage(app, http.host)
  if (sandbox?.home && http.sandbox) serveHomePage(app, sandbox.home, () => pageToken(sandbox.token, logger))
  const landingPage = http.sandbox ? sandboxPage(sandbox, logger) : undefined
  const apollo = createGraphqlServer(options, { introspection: http.introspection, landingPage })
  await apollo.start()
  app.addHook('onClose', () => apollo.stop())
  const { byToken, bySession } = contexts(options, parts.authenticate)
  const handlerFor = addGraphqlRoute(app, {
    ...{ ...parts, apollo, audit, logger, heartbeatMs, contextOf: byToken },
    runUpdates: createRunUpdates(options),
    eventFeed: options.eventFeed,
    maxPerTenant: http.subscriptionsPerTenant,
  })
  if (!options.console) return
  await app.register(
    consoleRoutes({
      ...{ ...options.console, verifier, logger, publicUrl: http.publicUrl, originOf: parts.originOf },
      graphql: (sessions) => handlerFor(bySession(sessions)),
    }),
  )
}

/** How each route finds the caller of a request. */
function contexts({ http, audit, logger }: GraphqlOptions, authenticate: Authenticate) {
  const contextOf = (
    request: FastifyRequest,
    subscription: SubscriptionCall | undefined,
    caller: Pick<Parameters<typeof graphqlContext>[0], 'hasAuthorization' | 'authenticate' | 'admitChange'>,
  ): Promise<GraphqlContext> => {
    const document = (request.body as { query?: unknown } | null | undefined)?.query
    return graphqlContext({ ...caller, introspection: http.introspection, audit, logger, document, subscription })
  }
  const byToken: ContextOf = (request, subscription) =>
    contextOf(request, subscription, {
      hasAuthorization: request.headers.authorization !== undefined,
      authenticate: () => authenticate(request),
    })
  const bySession =
    (sessions: RequestSessions): ContextOf =>
    (request, subscription) =>
      contextOf(request, subscription, {
        hasAuthorization: true,
        authenticate: async () => {
          const authorization = sessions.authorization(request)
          return authenticate(request, { authorization, tenant: namedTenant(request), isForRequest: true })
        },
        admitChange: (actor) => sessions.admitChange(request, actor),
      })
  return { byToken, bySession }
}
