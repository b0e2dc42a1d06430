import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { LoginIssuer } from '../../auth/login-issuer.js'
import type { TokenVerifier } from '../../auth/token-verifier.js'
import type { ConsoleSessions } from '../../services/console/console-sessions.js'
import type { Logger } from '../../telemetry/logger.js'
import type { RequestOrigin } from '../request-origin.js'
import type { GraphqlHandler } from '../subscriptions/graphql-route.js'
import { addFileRoutes } from './files.js'
import { addLoginRoutes } from './login-routes.js'
import { consoleOrigin, refuseForeignPost } from './own-pages.js'
import { sendConsoleHeaders } from './pages.js'
import { sessionsOfRequests } from './request-sessions.js'
import { addSessionRoutes } from './session-routes.js'

/** The console as the API serves it. */
export interface ConsoleOptions {
  readonly issuer: LoginIssuer
  readonly sessions: ConsoleSessions
  /** The folder with the built pages. */
  readonly folder: string
  readonly idleMinutes: number
  readonly stepUpMinutes: number
}

export interface ConsoleParts extends ConsoleOptions {
  readonly verifier: Pick<TokenVerifier, 'verify'>
  readonly publicUrl: string | undefined
  readonly originOf: (request: FastifyRequest) => RequestOrigin
  readonly logger: Logger
  /** Answers an operation of the session that the routes have found. */
  readonly graphql: (sessions: ReturnType<typeof sessionsOfRequests>) => GraphqlHandler
}

/**
 * The backend for the pages of the console, under /console: it logs users in at the issuer, keeps their tokens, and sends the
 * operations of the pages to the same GraphQL as all others. No other path reads the cookie.
 */
export function consoleRoutes(parts: ConsoleParts) {
  return async (app: FastifyInstance): Promise<void> => {
    const consoleOriginOf = consoleOrigin(parts.publicUrl)
    const sessions = sessionsOfRequests(parts)
    sendConsoleHeaders(app)
    app.addHook('onRequest', refuseForeignPost(consoleOriginOf))
    addLoginRoutes(app, { ...parts, consoleOriginOf })
    addSessionRoutes(app, { ...parts, consoleOriginOf })
    app.post('/console/graphql', { preHandler: sessions.find }, parts.graphql(sessions))
    addFileRoutes(app, parts.folder)
  }
}
