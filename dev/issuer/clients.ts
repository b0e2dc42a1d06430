/** A program that exchanges its credentials for tokens. */
export interface IssuerClient {
  readonly clientId: string
  readonly clientSecret: string
  /** The tenant of the client's tokens. Null for an operator, who names the tenant in each request. */
  readonly tenantId: string | null
  /** The scopes that the client can request. It gets all of them if it requests none. */
  readonly scopes: readonly string[]
}

/** A program that logs users in. It gets no tokens of its own. */
export interface LoginClient {
  readonly clientId: string
  readonly clientSecret: string
  /** The name that the login page shows. */
  readonly name: string
  /** The paths on this machine to which users return after a login and after a logout, on any port (RFC 8252, section 7.3). */
  readonly redirectPath: string
  readonly logoutPath: string
}

/** A person who can log in. */
export interface IssuerUser {
  /** The `sub` of the user's tokens. */
  readonly username: string
  readonly password: string
  readonly name: string
  /** Null for an operator. */
  readonly tenantId: string | null
  readonly scopes: readonly string[]
}

/** Whether a URL leads to a path on this machine, on any port. */
export function isLocalUrl(url: string, path: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, pathname, username, password, search, hash } = new URL(url)
  const isHere = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
  const isBare = username === '' && password === '' && search === '' && hash === ''
  return protocol === 'http:' && isHere && isBare && pathname === path
}
