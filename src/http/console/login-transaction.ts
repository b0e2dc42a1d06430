import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LoginSecrets } from '../../auth/login-issuer.js'
import { isUuid } from '../../domain/uuid.js'
import { readCookie, setCookie } from './cookies.js'
import { safeReturnTo } from './return-to.js'

/**
 * A login that has begun in this browser. Its cookie binds the issuer's answer to the browser. Nothing in it is a secret from
 * the user of the browser, and no other site can set it.
 */
export interface LoginTransaction extends LoginSecrets {
  readonly returnTo: string
  /** The session that the login replaces. */
  readonly familyId: string | undefined
  /** The user who must log in again, if the login is for a change by an operator. */
  readonly stepUpSubject: string | undefined
  /** When it began, in ms. */
  readonly since: number
}

export function keepTransaction(reply: FastifyReply, transaction: LoginTransaction): void {
  setCookie(reply, 'login', Buffer.from(JSON.stringify(transaction)).toString('base64url'))
}

const longestMs = 10 * 60_000

/** Undefined if the browser has begun no login, or too long ago. */
export function findTransaction(request: FastifyRequest): LoginTransaction | undefined {
  const transaction = parse(readCookie(request, 'login'))
  return transaction && Date.now() - transaction.since <= longestMs ? transaction : undefined
}

function parse(cookie: string | undefined): LoginTransaction | undefined {
  if (cookie === undefined || !/^[\w-]+$/.test(cookie)) return undefined
  let content: unknown
  try {
    content = JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
  if (typeof content !== 'object' || content === null) return undefined
  const { state, verifier, nonce, returnTo, familyId, stepUpSubject, since } = content as Record<string, unknown>
  if (!isText(state) || !isText(verifier) || typeof since !== 'number') return undefined
  return {
    ...{ state, verifier, since, returnTo: safeReturnTo(returnTo) },
    nonce: isText(nonce) ? nonce : undefined,
    familyId: isText(familyId) && isUuid(familyId) ? familyId : undefined,
    stepUpSubject: isText(stepUpSubject) ? stepUpSubject : undefined,
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
