import type { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GraphqlContext } from '../../graphql/context.js'
import { openOnes } from '../../graphql/subscriptions/open-ones.js'
import type { SubscriptionCall } from '../../graphql/subscriptions/subscription-call.js'
import { webSocketProtocol } from '../../graphql/subscriptions/web-socket-protocol.js'
import type { Audit } from '../../services/audit.js'
import type { EventFeed } from '../../services/events/event-feed.js'
import type { RunUpdates } from '../../services/run-updates.js'
import type { Logger } from '../../telemetry/logger.js'
import type { Authenticate } from '../authentication.js'
import type { RateLimits } from '../rate-limits.js'
import type { RequestLog } from '../request-log.js'
import { asksForStream, streamHandler } from './stream-handler.js'
import { acceptUpgrades } from './upgrades.js'
import { webSocketHandler } from './web-sockets.js'

/** Finds the caller of a request, and what its resolvers know. */
export type ContextOf = (request: FastifyRequest, subscription?: SubscriptionCall) => Promise<GraphqlContext>

export type GraphqlHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

export interface GraphqlRouteParts {
  readonly apollo: ApolloServer<GraphqlContext>
  readonly contextOf: ContextOf
  readonly authenticate: Authenticate
  readonly limits: RateLimits
  readonly requestLog: RequestLog
  readonly origins: readonly (string | RegExp)[]
  readonly runUpdates: RunUpdates
  readonly eventFeed: EventFeed
  /** The maximum number of open subscriptions of one caller, and of its open WebSockets. */
  readonly maxPerTenant: number
  readonly heartbeatMs: number
  readonly drainMs: number
  readonly audit: Audit
  readonly logger: Logger
}

/**
 * The route `/graphql`: Apollo Server, and in front of it the three transports of subscriptions.
 * @returns the same over HTTP for a route that finds its callers in another way. The limits of subscriptions are common to both.
 */
export function addGraphqlRoute(
  app: FastifyInstance,
  parts: GraphqlRouteParts,
): (contextOf: ContextOf) => GraphqlHandler {
  const { runUpdates, eventFeed, contextOf, maxPerTenant } = parts
  const subscriptions = openOnes('subscriptions', maxPerTenant)
  const connections = openOnes('WebSockets', maxPerTenant)
  const newCall = (isOnly: boolean) => (): SubscriptionCall => ({
    isOnly,
    runUpdates,
    eventFeed,
    open: (actor) => subscriptions.open(actor),
  })
  const protocol = webSocketProtocol({ ...parts, connections, newCall: newCall(true) })
  const upgradeOf = acceptUpgrades(app)
  const handlerFor = (context: ContextOf): GraphqlHandler => {
    const answer = fastifyApolloHandler(parts.apollo, { context: (request) => context(request) })
    const stream = streamHandler({ ...parts, contextOf: context, newCall: newCall(false) })
    return async (request, reply) =>
      asksForStream(request) ? stream(request, reply) : answer.call(app, request, reply)
  }
  const overHttp = handlerFor(contextOf)
  const webSocket = webSocketHandler(app, { ...parts, protocol, upgradeOf })
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    handler: async (request, reply) => {
      const upgrade = upgradeOf(request.raw)
      if (upgrade) return webSocket(request, reply, upgrade)
      return overHttp(request, reply)
    },
  })
  app.addHook('preClose', async () => {
    connections.endAll()
    subscriptions.endAll()
  })
  return handlerFor
}
