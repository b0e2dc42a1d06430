import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LoginIssuer } from '../../auth/login-issuer.js'
import type { TokenVerifier } from '../../auth/token-verifier.js'
import { AuthenticationError } from '../../domain/access.js'
import type { IssuedTokens } from '../../domain/console-login.js'
import type { ConsoleSessions } from '../../services/console/console-sessions.js'
import type { Logger } from '../../telemetry/logger.js'
import type { RequestOrigin } from '../request-origin.js'
import { clearCookie, readCookie, setCookie } from './cookies.js'
import { type OriginOfConsole, refuseForeignRead } from './own-pages.js'

export interface SessionRouteParts {
  readonly issuer: LoginIssuer
  readonly sessions: ConsoleSessions
  readonly verifier: Pick<TokenVerifier, 'verify'>
  readonly consoleOriginOf: OriginOfConsole
  readonly originOf: (request: FastifyRequest) => RequestOrigin
  readonly idleMinutes: number
  readonly logger: Logger
}

const loggedOutPage = '/console/logged-out'

/** Who is logged in, and the end of that. */
export function addSessionRoutes(app: FastifyInstance, parts: SessionRouteParts): void {
  app.get('/console/session', async (request, reply) => {
    if (refuseForeignRead(request, reply)) return reply
    try {
      return { authenticated: true, ...(await describeSession(parts, request, reply)) }
    } catch (error) {
      if (error instanceof AuthenticationError) return { authenticated: false }
      throw error
    }
  })

  app.post('/console/logout', async (request, reply) => {
    const tokens = await parts.sessions.end(readCookie(request, 'session'))
    clearCookie(reply, 'session')
    return { redirectTo: tokens ? await endAtIssuer(parts, request, tokens) : loggedOutPage }
  })
}

async function describeSession(
  { sessions, verifier, originOf, idleMinutes }: SessionRouteParts,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const session = await sessions.use(readCookie(request, 'session'), originOf(request).address)
  if (session.newSecret !== undefined) setCookie(reply, 'session', session.newSecret)
  const { tenantId, subject, scopes } = await verifier.verify(`Bearer ${session.tokens.accessToken}`)
  const isOperator = scopes.has('exports:operate')
  const { name, expiresAt } = session
  return { subject, name, tenantId, isOperator, scopes: [...scopes].toSorted(), expiresAt, idleMinutes }
}

/** The session here has ended. An issuer that does not answer delays nothing but the end of its own session. */
async function endAtIssuer(
  { issuer, consoleOriginOf, logger }: SessionRouteParts,
  request: FastifyRequest,
  tokens: IssuedTokens,
): Promise<string> {
  const log = logger.child({ requestId: request.id })
  try {
    await issuer.revoke(tokens)
  } catch (error) {
    log.warn({ err: error }, 'the issuer has not revoked the refresh token of a console session')
  }
  try {
    const origin = consoleOriginOf(request)
    return (await issuer.endSessionUrl(tokens, `${origin}${loggedOutPage}`)) ?? loggedOutPage
  } catch (error) {
    log.warn({ err: error }, "the issuer's own session was not ended after a logout of the console")
    return loggedOutPage
  }
}
