import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isSameSecret } from '../machine/same-secret.js'
import { Attempts } from './attempts.js'
import {
  answerUrl,
  AuthorizationError,
  type AuthorizationRequest,
  readAuthorizationRequest,
  UntrustedRequestError,
} from './authorization-request.js'
import { isLocalUrl, type IssuerUser, type LoginClient } from './clients.js'
import type { Grants } from './grants.js'
import { loginPage, messagePage, type Page } from './login-page.js'
import { formSecret, isFormOf, type LoginSession, LoginSessions } from './login-sessions.js'
import type { TokenSigner } from './tokens.js'

export interface LoginParts {
  readonly issuer: () => string
  readonly clients: readonly LoginClient[]
  readonly users: () => readonly IssuerUser[]
  readonly grants: Grants
  readonly signer: TokenSigner
}

/** The pages in which a user logs in and out: `/authorize`, `/login` and `/logout`. */
export function addLoginRoutes(app: FastifyInstance, parts: LoginParts): void {
  const sessions = new LoginSessions()
  const attempts = new Attempts()

  app.get('/authorize', async (request, reply) => {
    const query = queryOf(request)
    const asked = readAuthorizationRequest(query, parts.clients)
    const session = sessions.of(request)
    if (session && !asked.mustLogIn && isRecent(session, asked)) return proceed(reply, asked, session)
    if (asked.isSilent)
      throw new AuthorizationError('login_required', 'The user must log in', asked.redirectUri, asked.state)
    return showForm(request, reply, { asked, query: query.toString(), username: '', problem: undefined })
  })

  app.post('/login', async (request, reply) => {
    const form = formOf(request)
    const query = form.get('request') ?? ''
    const asked = readAuthorizationRequest(new URLSearchParams(query), parts.clients)
    const username = (form.get('username') ?? '').trim()
    const again = (problem: string) => showForm(request, reply.code(401), { asked, query, username, problem })
    if (!isFormOf(request, form.get('secret') ?? '')) return again('This page was open for too long. Try again.')
    const wait = attempts.secondsToWait(username)
    if (wait > 0) return again(`Too many wrong passwords. Try again in ${wait} s.`)
    const user = parts.users().find((each) => each.username === username)
    if (!isSameSecret(form.get('password') ?? '', user?.password ?? '') || !user?.password) {
      if (user) attempts.failed(username)
      return again('The user name or the password is wrong.')
    }
    attempts.succeeded(username)
    return proceed(reply, asked, sessions.start(request, reply, user))
  })

  app.get('/logout', async (request, reply) => {
    const query = queryOf(request)
    const hint = await parts.signer.readIdToken(query.get('id_token_hint') ?? '')
    const target = query.get('post_logout_redirect_uri') ?? ''
    const client = parts.clients.find(({ clientId }) => clientId === hint?.clientId)
    if (!client) throw new UntrustedRequestError('The id token of the logout is not valid.')
    if (sessions.of(request)?.user.username === hint?.username) sessions.end(request, reply)
    parts.grants.revokeUser(hint?.username ?? '', client.clientId)
    if (isLocalUrl(target, client.logoutPath)) return reply.redirect(target, 303)
    return send(reply, messagePage('You are logged out', 'Close this window, or log in again from the console.'))
  })

  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof AuthorizationError) {
      const answer = { error: error.code, error_description: error.message }
      return reply.redirect(answerUrl(error, parts.issuer(), answer), 303)
    }
    if (error instanceof UntrustedRequestError) {
      return send(reply.code(400), messagePage('This request is not valid', error.message))
    }
    throw error
  })

  const proceed = (reply: FastifyReply, asked: AuthorizationRequest, { user, authTime }: LoginSession) => {
    const { client, redirectUri, challenge, nonce } = asked
    const openId = ['openid', 'profile', 'offline_access']
    const scopes = asked.scopes.filter((scope) => openId.includes(scope) || user.scopes.includes(scope))
    const grant = { clientId: client.clientId, user, scopes, authTime, nonce }
    const code = parts.grants.code(grant, redirectUri, challenge)
    return reply.header('cache-control', 'no-store').redirect(answerUrl(asked, parts.issuer(), { code }), 303)
  }
}

interface ShownForm {
  readonly asked: AuthorizationRequest
  readonly query: string
  readonly username: string
  readonly problem: string | undefined
}

function showForm(request: FastifyRequest, reply: FastifyReply, { asked, query, ...form }: ShownForm): FastifyReply {
  const { client, redirectUri } = asked
  const secret = formSecret(request, reply)
  return send(reply, loginPage({ ...form, clientName: client.name, redirectUri, request: query, secret }))
}

function send(reply: FastifyReply, { html, policy }: Page): FastifyReply {
  return reply
    .headers({
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .type('text/html; charset=utf-8')
    .send(html)
}

function isRecent({ authTime }: LoginSession, { maxAge }: AuthorizationRequest): boolean {
  return maxAge === undefined || Date.now() / 1000 - authTime <= maxAge
}

function queryOf(request: FastifyRequest): URLSearchParams {
  return new URL(request.url, 'http://issuer').searchParams
}

function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams()
}
