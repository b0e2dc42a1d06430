import { isSameSecret } from '../machine/same-secret.js'
import type { IssuerClient, LoginClient } from './clients.js'
import type { Grant, Grants } from './grants.js'

/** An error response to a token request (RFC 6749, section 5.2). */
export class TokenRequestError extends Error {
  override readonly name = 'TokenRequestError'
  constructor(
    readonly code:
      | 'invalid_request'
      | 'invalid_client'
      | 'invalid_grant'
      | 'invalid_scope'
      | 'unauthorized_client'
      | 'unsupported_grant_type',
    message: string,
  ) {
    super(message)
  }

  get httpStatus(): 400 | 401 {
    return this.code === 'invalid_client' ? 401 : 400
  }
}

/** What a token request has permission for: a client's own token, or tokens for a user. */
export type GrantedRequest =
  | { readonly client: IssuerClient; readonly scopes: readonly string[] }
  | { readonly grant: Grant; readonly refreshToken: string | undefined; readonly isFirst: boolean }

export interface KnownClients {
  readonly clients: readonly IssuerClient[]
  readonly loginClients: readonly LoginClient[]
  readonly grants: Grants
}

/**
 * Authenticates the client of a token request, with the secret in the Authorization header or in the form, and finds what it may
 * have. Clients of their own have the grant client credentials (RFC 6749, section 4.4). Clients that log users in have the grants
 * authorization code and refresh token. Throws a {@link TokenRequestError}.
 */
export function readTokenRequest(
  form: URLSearchParams,
  authorization: string | undefined,
  known: KnownClients,
): GrantedRequest {
  const repeated = [...new Set(form.keys())].find((name) => form.getAll(name).length > 1)
  if (repeated) throw new TokenRequestError('invalid_request', `${repeated} is given more than once`)
  const grantType = form.get('grant_type')
  if (!grantType) throw new TokenRequestError('invalid_request', 'grant_type is missing')
  const client = authenticate(form, authorization, [...known.clients, ...known.loginClients])
  const forUser = grantType === 'authorization_code' || grantType === 'refresh_token'
  if (grantType !== 'client_credentials' && !forUser) {
    throw new TokenRequestError('unsupported_grant_type', 'The grant type is not supported')
  }
  const isLoginClient = !('scopes' in client)
  if (isLoginClient !== forUser) throw new TokenRequestError('unauthorized_client', 'The client may not use this grant')
  if (!isLoginClient) return { client, scopes: grantedScopes(client, form.get('scope') ?? '') }
  return userGrant(form, grantType, client, known.grants)
}

function userGrant(
  form: URLSearchParams,
  grantType: string,
  { clientId }: LoginClient,
  grants: Grants,
): GrantedRequest {
  const field = (name: string): string => form.get(name) ?? ''
  const found =
    grantType === 'authorization_code'
      ? grants.redeem({
          clientId,
          code: field('code'),
          redirectUri: field('redirect_uri'),
          verifier: field('code_verifier'),
        })
      : grants.refresh(field('refresh_token'), clientId)
  if (!found) throw new TokenRequestError('invalid_grant', 'The code or the refresh token is not valid')
  return { ...found, isFirst: grantType === 'authorization_code' }
}

function authenticate<C extends IssuerClient | LoginClient>(
  form: URLSearchParams,
  authorization: string | undefined,
  clients: readonly C[],
): C {
  if (authorization !== undefined && form.has('client_secret')) {
    throw new TokenRequestError('invalid_request', 'The client authenticates in two ways')
  }
  const [id, secret] =
    authorization === undefined ? [form.get('client_id'), form.get('client_secret')] : basicCredentials(authorization)
  const client = clients.find(({ clientId }) => clientId === id)
  const matches = isSameSecret(secret ?? '', client?.clientSecret ?? '')
  if (!client || !secret || !matches) throw new TokenRequestError('invalid_client', 'Unknown client or wrong secret')
  return client
}

/** Id and secret are form-encoded before they are joined and base64-encoded (RFC 6749, section 2.3.1). */
function basicCredentials(authorization: string): [id: string, secret: string] {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? []
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? []
  if (id === undefined || secret === undefined) {
    throw new TokenRequestError('invalid_client', 'The Authorization header is not of the Basic scheme')
  }
  return [formDecoded(id), formDecoded(secret)]
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new TokenRequestError('invalid_client', 'The credentials are not form-encoded')
  }
}

function grantedScopes(client: IssuerClient, requested: string): readonly string[] {
  const scopes = [...new Set(requested.split(' ').filter((scope) => scope !== ''))]
  const refused = scopes.filter((scope) => !client.scopes.includes(scope))
  if (refused.length > 0) throw new TokenRequestError('invalid_scope', 'The client may not have all of these scopes')
  return scopes.length > 0 ? scopes : client.scopes
}
