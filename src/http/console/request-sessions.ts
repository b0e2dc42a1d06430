import type { FastifyReply, FastifyRequest } from 'fastify'
import { StepUpRequiredError } from '../../domain/access.js'
import type { Actor, Operator } from '../../domain/actor.js'
import type { ConsoleSessions } from '../../services/console/console-sessions.js'
import { type ConsoleSession, sessionEnded } from '../../services/console/session-tokens.js'
import type { RequestOrigin } from '../request-origin.js'
import { readCookie, setCookie } from './cookies.js'

export interface RequestSessions {
  /** Finds the session of a request before its handler. A failure is kept for the handler, which answers in its own form. */
  readonly find: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  /** The `Authorization` header that the request would have. @throws what `find` has caught */
  authorization(request: FastifyRequest): string
  /** @throws StepUpRequiredError if an operator's last login is too long ago for a change */
  admitChange(request: FastifyRequest, actor: Actor | Operator): void
}

export interface RequestSessionParts {
  readonly sessions: ConsoleSessions
  readonly originOf: (request: FastifyRequest) => RequestOrigin
  readonly stepUpMinutes: number
}

export function sessionsOfRequests({ sessions, originOf, stepUpMinutes }: RequestSessionParts): RequestSessions {
  const found = new WeakMap<FastifyRequest, { readonly session: ConsoleSession } | { readonly error: unknown }>()
  const sessionOf = (request: FastifyRequest): ConsoleSession => {
    const entry = found.get(request) ?? { error: sessionEnded() }
    if ('error' in entry) throw entry.error
    return entry.session
  }
  return {
    find: async (request, reply) => {
      try {
        const session = await sessions.use(readCookie(request, 'session'), originOf(request).address)
        if (session.newSecret !== undefined) setCookie(reply, 'session', session.newSecret)
        found.set(request, { session })
      } catch (error) {
        found.set(request, { error })
      }
    },
    authorization: (request) => `Bearer ${sessionOf(request).tokens.accessToken}`,
    admitChange: (request, { scopes }) => {
      const { authAgeSeconds } = sessionOf(request)
      const isRecent = authAgeSeconds !== null && authAgeSeconds < stepUpMinutes * 60
      if (scopes.has('exports:operate') && !isRecent) throw new StepUpRequiredError(stepUpMinutes * 60)
    },
  }
}
