import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LoginIssuer } from '../../auth/login-issuer.js'
import { AuthenticationError } from '../../domain/access.js'
import { type IssuerLogin, LoginError } from '../../domain/console-login.js'
import { toApiFailure } from '../../services/api-failure.js'
import type { ConsoleSessions } from '../../services/console/console-sessions.js'
import type { ConsoleSession } from '../../services/console/session-tokens.js'
import type { Logger } from '../../telemetry/logger.js'
import type { RequestOrigin } from '../request-origin.js'
import { clearCookie, readCookie, setCookie } from './cookies.js'
import { sendLoginFailure } from './login-failure-page.js'
import { findTransaction, keepTransaction, type LoginTransaction } from './login-transaction.js'
import { type OriginOfConsole, refuseFrames } from './own-pages.js'
import { safeReturnTo, startPage } from './return-to.js'

export interface LoginRouteParts {
  readonly issuer: LoginIssuer
  readonly sessions: ConsoleSessions
  readonly consoleOriginOf: OriginOfConsole
  readonly originOf: (request: FastifyRequest) => RequestOrigin
  readonly logger: Logger
}

interface LoginQuery {
  readonly returnTo?: unknown
  readonly stepUp?: unknown
  /** `true`: the issuer asks who logs in, although it knows a user. */
  readonly again?: unknown
}

/** The browser goes to the issuer, and comes back with a code. */
export function addLoginRoutes(app: FastifyInstance, parts: LoginRouteParts): void {
  app.get<{ Querystring: LoginQuery }>('/console/login', { onRequest: refuseFrames }, async (request, reply) => {
    const { returnTo, stepUp, again } = request.query
    const target = safeReturnTo(returnTo)
    try {
      const current = await currentSession(parts, request, reply)
      const isStepUp = stepUp === 'true' && current !== undefined
      const { secrets, url } = await parts.issuer.begin(callbackUrl(parts, request), {
        again: isStepUp || again === 'true',
      })
      keepTransaction(reply, {
        ...secrets,
        returnTo: target,
        familyId: current?.familyId,
        stepUpSubject: isStepUp ? current.subject : undefined,
        since: Date.now(),
      })
      return await reply.redirect(url, 303)
    } catch (error) {
      return fail(parts, { request, reply, error, again: { returnTo: target, isStepUp: stepUp === 'true' } })
    }
  })

  app.get('/console/callback', { onRequest: refuseFrames }, async (request, reply) => {
    const transaction = findTransaction(request)
    const again = {
      returnTo: transaction?.returnTo ?? startPage,
      isStepUp: transaction?.stepUpSubject !== undefined,
    }
    try {
      if (!transaction) throw new LoginError('EXPIRED')
      const secret = await complete(parts, request, transaction)
      clearCookie(reply, 'login')
      setCookie(reply, 'session', secret)
      return await reply.redirect(transaction.returnTo, 303)
    } catch (error) {
      return fail(parts, { request, reply, error, again })
    }
  })
}

/** @returns the secret of the new session */
async function complete(
  { issuer, sessions, consoleOriginOf, originOf }: LoginRouteParts,
  request: FastifyRequest,
  transaction: LoginTransaction,
): Promise<string> {
  const { familyId, stepUpSubject, since } = transaction
  const answer = new URL(request.url, 'https://console.invalid').searchParams
  const redirectUri = callbackUrl({ consoleOriginOf }, request)
  const login: IssuerLogin = await issuer.complete(answer, redirectUri, transaction)
  return sessions.begin({
    ...login,
    replaces: familyId === undefined ? undefined : { familyId },
    stepUp: stepUpSubject === undefined ? undefined : { subject: stepUpSubject, since: new Date(since) },
    address: originOf(request).address,
  })
}

/** Also a login in a session that has ended is a login. */
async function currentSession(
  { sessions, originOf }: LoginRouteParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ConsoleSession | undefined> {
  try {
    const session = await sessions.use(readCookie(request, 'session'), originOf(request).address)
    if (session.newSecret !== undefined) setCookie(reply, 'session', session.newSecret)
    return session
  } catch (error) {
    if (error instanceof AuthenticationError) return undefined
    throw error
  }
}

function callbackUrl({ consoleOriginOf }: Pick<LoginRouteParts, 'consoleOriginOf'>, request: FastifyRequest): string {
  const origin = consoleOriginOf(request)
  if (origin === undefined) throw new LoginError('OTHER_HOST')
  return `${origin}/console/callback`
}

interface Failure {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly error: unknown
  readonly again: { readonly returnTo: string; readonly isStepUp: boolean }
}

/** The user reads what to do. The log has the cause. */
function fail({ logger }: LoginRouteParts, { request, reply, error, again }: Failure): FastifyReply {
  // The issuer would log the same user in, without a question.
  const isWrongUser = error instanceof LoginError && error.problem === 'NOT_PERMITTED'
  const query = new URLSearchParams({
    returnTo: again.returnTo,
    ...(again.isStepUp && { stepUp: 'true' }),
    ...(isWrongUser && { again: 'true' }),
  })
  const loginUrl = `/console/login?${query.toString()}`
  const log = logger.child({ requestId: request.id })
  if (error instanceof LoginError) {
    log.warn({ problem: error.problem, err: error.cause }, 'console login failed')
    return sendLoginFailure(reply, { status: statuses[error.problem], message: error.message, loginUrl })
  }
  const { status, message } = toApiFailure(error, log)
  return sendLoginFailure(reply, { status, message, loginUrl })
}

const statuses: Record<LoginError['problem'], number> = {
  EXPIRED: 400,
  REFUSED: 400,
  NOT_RECENT: 400,
  NOT_PERMITTED: 403,
  OTHER_USER: 403,
  OTHER_HOST: 421,
}
