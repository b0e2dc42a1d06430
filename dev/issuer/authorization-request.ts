import { isLocalUrl, type LoginClient } from './clients.js'

/** A valid request to log a user in (RFC 6749 section 4.1.1, RFC 7636, OpenID Connect Core section 3.1.2.1). */
export interface AuthorizationRequest {
  readonly client: LoginClient
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly challenge: string
  /** Whether the user has to give the password again. */
  readonly mustLogIn: boolean
  /** Whether no page may be shown. */
  readonly isSilent: boolean
  /** The login may be at most this many seconds old. */
  readonly maxAge: number | undefined
}

/** The client or its address is unknown: the user must not be sent there. */
export class UntrustedRequestError extends Error {
  override readonly name = 'UntrustedRequestError'
}

/** An error that the client reads in its own address. */
export class AuthorizationError extends Error {
  override readonly name = 'AuthorizationError'
  constructor(
    readonly code: 'invalid_request' | 'unsupported_response_type' | 'login_required',
    message: string,
    readonly redirectUri: string,
    readonly state: string | undefined,
  ) {
    super(message)
  }
}

/** @throws UntrustedRequestError or AuthorizationError */
export function readAuthorizationRequest(
  query: URLSearchParams,
  clients: readonly LoginClient[],
): AuthorizationRequest {
  const client = clients.find(({ clientId }) => clientId === query.get('client_id'))
  if (!client) throw new UntrustedRequestError('The client is unknown.')
  const redirectUri = query.get('redirect_uri') ?? ''
  if (!isLocalUrl(redirectUri, client.redirectPath)) {
    throw new UntrustedRequestError('The client may not send users to this address.')
  }
  const state = query.get('state') ?? undefined
  const refuse = (message: string, code: AuthorizationError['code'] = 'invalid_request'): never => {
    throw new AuthorizationError(code, message, redirectUri, state)
  }
  const repeated = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1)
  if (repeated) refuse(`${repeated} is given more than once`)
  if (query.get('response_type') !== 'code')
    refuse('Only the response type code is supported', 'unsupported_response_type')
  const challenge = query.get('code_challenge') ?? ''
  const isChallenge = /^[\w-]{43}$/.test(challenge) && query.get('code_challenge_method') === 'S256'
  if (!isChallenge) refuse('A code_challenge with the method S256 is required')
  const maxAge = query.get('max_age')
  if (maxAge !== null && !/^\d{1,9}$/.test(maxAge)) refuse('max_age is not a number of seconds')
  const prompts = (query.get('prompt') ?? '').split(' ')
  return {
    client,
    redirectUri,
    scopes: [...new Set((query.get('scope') ?? '').split(' ').filter((scope) => scope !== ''))],
    state,
    nonce: query.get('nonce') ?? undefined,
    challenge,
    mustLogIn: prompts.includes('login'),
    isSilent: prompts.includes('none'),
    maxAge: maxAge === null ? undefined : Number(maxAge),
  }
}

/** The client's address with an answer (RFC 9207 requires `iss`). */
export function answerUrl(
  to: { readonly redirectUri: string; readonly state: string | undefined },
  issuer: string,
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(to.redirectUri)
  const state = to.state === undefined ? {} : { state: to.state }
  for (const [name, value] of Object.entries({ ...answer, ...state, iss: issuer })) url.searchParams.set(name, value)
  return url.href
}
