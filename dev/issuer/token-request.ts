import { isSameSecret } from '../machine/same-secret.js'

export interface IssuerClient {
  readonly clientId: string
  readonly clientSecret: string
  /** The tenant of the client's tokens. Null for an operator, who names the tenant in each request. */
  readonly tenantId: string | null
  /** The scopes that the client can request. It gets all of them if it requests none. */
  readonly scopes: readonly string[]
}

/** An error response to a token request (RFC 6749, section 5.2). */
export class TokenRequestError extends Error {
  override readonly name = 'TokenRequestError'
  constructor(
    readonly code: 'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type',
    message: string,
  ) {
    super(message)
  }

  get httpStatus(): 400 | 401 {
    return this.code === 'invalid_client' ? 401 : 400
  }
}

/**
 * Authenticates the client of a token request and returns the granted scopes. The grant is client credentials (RFC 6749,
 * section 4.4), with the secret in the Authorization header or in the form. Throws a {@link TokenRequestError}.
 */
export function readTokenRequest(
  form: URLSearchParams,
  authorization: string | undefined,
  clients: readonly IssuerClient[],
): { client: IssuerClient; scopes: readonly string[] } {
  const repeated = [...new Set(form.keys())].find((name) => form.getAll(name).length > 1)
  if (repeated) throw new TokenRequestError('invalid_request', `${repeated} is given more than once`)
  const grantType = form.get('grant_type')
  if (!grantType) throw new TokenRequestError('invalid_request', 'grant_type is missing')
  const client = authenticate(form, authorization, clients)
  if (grantType !== 'client_credentials') {
    throw new TokenRequestError('unsupported_grant_type', 'Only client_credentials is supported')
  }
  return { client, scopes: grantedScopes(client, form.get('scope') ?? '') }
}

function authenticate(
  form: URLSearchParams,
  authorization: string | undefined,
  clients: readonly IssuerClient[],
): IssuerClient {
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
