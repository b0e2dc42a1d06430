import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * The console's cookies. With `__Host-`, a browser accepts them only over TLS or from this machine, and only from this host itself.
 * `strict`: no request that another site causes has the cookie. `lax`: the issuer's redirect back to us has it.
 */
export const consoleCookies = {
  session: { name: '__Host-tidemark-session', sameSite: 'Strict', maxAgeSeconds: undefined },
  login: { name: '__Host-tidemark-login', sameSite: 'Lax', maxAgeSeconds: 600 },
} as const
type CookieKind = keyof typeof consoleCookies

/** Undefined if the request has no such cookie, or several. */
export function readCookie({ headers }: FastifyRequest, kind: CookieKind): string | undefined {
  const start = `${consoleCookies[kind].name}=`
  const found = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
  return found.length === 1 ? found[0]?.slice(start.length) : undefined
}

/** @param value of letters, digits, `-` and `_` */
export function setCookie(reply: FastifyReply, kind: CookieKind, value: string): void {
  const { name, sameSite, maxAgeSeconds } = consoleCookies[kind]
  const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`
  void reply.header('set-cookie', `${name}=${value}; Path=/; HttpOnly; Secure; SameSite=${sameSite}${age}`)
}

export function clearCookie(reply: FastifyReply, kind: CookieKind): void {
  const { name, sameSite } = consoleCookies[kind]
  void reply.header('set-cookie', `${name}=; Path=/; HttpOnly; Secure; SameSite=${sameSite}; Max-Age=0`)
}
