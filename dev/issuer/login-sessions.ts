import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IssuerUser } from './clients.js'

/** A user who is logged in at the issuer, in one browser. */
export interface LoginSession {
  readonly user: IssuerUser
  /** When the user gave the password, in seconds since 1970. */
  readonly authTime: number
}

const sessionCookie = 'tidemark-issuer-session'
const formCookie = 'tidemark-issuer-form'

/** Who is logged in, by a cookie, in memory. */
export class LoginSessions {
  readonly #sessions = new Map<string, LoginSession>()

  of(request: FastifyRequest): LoginSession | undefined {
    return this.#sessions.get(cookieOf(request, sessionCookie) ?? '')
  }

  start(request: FastifyRequest, reply: FastifyReply, user: IssuerUser): LoginSession {
    this.end(request, reply)
    const id = newSecret()
    const session = { user, authTime: Math.floor(Date.now() / 1000) }
    this.#sessions.set(id, session)
    reply.header('set-cookie', `${sessionCookie}=${id}; Path=/; HttpOnly; SameSite=Lax`)
    return session
  }

  end(request: FastifyRequest, reply: FastifyReply): void {
    this.#sessions.delete(cookieOf(request, sessionCookie) ?? '')
    reply.header('set-cookie', `${sessionCookie}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`)
  }
}

/** A secret that the login form and a cookie both contain, so that no other page can send the form. */
export function formSecret(request: FastifyRequest, reply: FastifyReply): string {
  const secret = cookieOf(request, formCookie) ?? newSecret()
  reply.header('set-cookie', `${formCookie}=${secret}; Path=/; HttpOnly; SameSite=Lax`)
  return secret
}

export function isFormOf(request: FastifyRequest, secret: string): boolean {
  return secret !== '' && cookieOf(request, formCookie) === secret
}

function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const cookies = (request.headers.cookie ?? '').split(/; */)
  return cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1)
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
