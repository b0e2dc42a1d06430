import type { AddressInfo } from 'node:net'
import { fastifyCors } from '@fastify/cors'
import Fastify, { type FastifyInstance } from 'fastify'
import { loopbackOrigin } from '../../src/compose/loopback.js'
import type { IssuerClient, IssuerUser, LoginClient } from './clients.js'
import { Grants } from './grants.js'
import { addLoginRoutes } from './login-routes.js'
import { loadSigningKey, signingAlgorithm } from './signing-key.js'
import { type GrantedRequest, type KnownClients, readTokenRequest, TokenRequestError } from './token-request.js'
import { createSigner, type TokenSigner } from './tokens.js'

export type { IssuerClient, IssuerUser, LoginClient } from './clients.js'

/*
 * oauth2-mock-server is not used: it checks neither client secrets nor scopes, so every client could get the token of any
 * tenant. oidc-provider checks them, but brings koa and its dependencies.
 */

export interface TokenIssuerOptions {
  /** The file of the signing key. The first start makes it. */
  readonly keyFile: string
  /** The `aud` of the tokens. */
  readonly audience: string
  /** Called for each request, so that a new client works immediately. */
  readonly clients: () => readonly IssuerClient[]
  /** The programs that log users in, and the users; none by default. */
  readonly login?: { readonly clients: readonly LoginClient[]; readonly users: () => readonly IssuerUser[] }
  /** Any free port if undefined. It is part of the issuer's URL, so tokens are valid only while it stays the same. */
  readonly port?: number
  readonly host?: string
  readonly lifetimeSeconds?: number
  /** The lifetime of the tokens of users. Their clients get new ones with a refresh token. */
  readonly userTokenSeconds?: number
}

export interface LocalTokenIssuer {
  /** The `iss` of the tokens and the base URL of the metadata: `http://127.0.0.1:<port>`. */
  readonly issuer: string
  readonly tokenUrl: string
  readonly jwksUrl: string
  /**
   * A token like the client's own, with all its scopes. It lasts as long as theirs, unless a lifetime is given. Throws if
   * the client does not exist.
   */
  accessToken(clientId: string, lifetimeSeconds?: number): Promise<string>
  stop(): Promise<void>
}

/** How long the tokens of clients and of users last. */
interface Lifetimes {
  readonly client: number
  readonly user: number
}

/**
 * The OAuth2 and OpenID Connect server of the local stack. Programs exchange their credentials for access tokens (RFC 9068). Users
 * log in with the authorization code flow. Rejects if the port is taken or the key can't be read.
 */
export async function startTokenIssuer(options: TokenIssuerOptions): Promise<LocalTokenIssuer> {
  const { audience, clients, port = 0, host = '127.0.0.1', login = { clients: [], users: () => [] } } = options
  const lifetimes = { client: options.lifetimeSeconds ?? 3600, user: options.userTokenSeconds ?? 600 }
  const key = await loadSigningKey(options.keyFile)
  // The port is known when the server listens. No request arrives before.
  const urls = { issuer: '' }
  const signer = createSigner(key, () => urls.issuer, audience)
  const grants = new Grants()

  const app = Fastify({ bodyLimit: 16 * 1024, forceCloseConnections: true })
  // Web pages on this machine can request tokens with an id and a secret, like any client.
  await app.register(fastifyCors, { origin: [loopbackOrigin], methods: ['GET', 'POST'], maxAge: 600 })
  app.get('/.well-known/jwks.json', () => ({ keys: [key.publicJwk] }))
  const metadata = (): unknown => metadataOf(urls.issuer, clients())
  app.get('/.well-known/oauth-authorization-server', metadata)
  app.get('/.well-known/openid-configuration', metadata)
  acceptForms(app)
  const known = (): KnownClients => ({ clients: clients(), loginClients: login.clients, grants })
  addTokenEndpoint(app, known, (granted) => tokensFor(granted, signer, lifetimes))
  await app.register(async (scope) => {
    addLoginRoutes(scope, { ...login, issuer: () => urls.issuer, grants, signer })
  })
  await app.listen({ port, host })

  urls.issuer = `http://${host}:${(app.server.address() as AddressInfo).port}`
  return {
    issuer: urls.issuer,
    tokenUrl: `${urls.issuer}/token`,
    jwksUrl: `${urls.issuer}/.well-known/jwks.json`,
    accessToken: async (clientId, seconds = lifetimes.client) => {
      const client = clients().find((each) => each.clientId === clientId)
      if (!client) throw new Error(`The token issuer does not know the client ${clientId}.`)
      return signer.forClient(client, client.scopes, seconds)
    },
    stop: () => app.close(),
  }
}

/** The metadata of RFC 8414 and of OpenID Connect Discovery. */
function metadataOf(issuer: string, clients: readonly IssuerClient[]): unknown {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    end_session_endpoint: `${issuer}/logout`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials', 'authorization_code', 'refresh_token'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    scopes_supported: [...new Set(['openid', 'profile', 'offline_access', ...clients.flatMap(({ scopes }) => scopes)])],
    claims_supported: ['sub', 'name', 'preferred_username', 'tenant_id', 'auth_time'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signingAlgorithm],
  }
}

function acceptForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(body.toString())),
  )
}

/** The answer to a token request (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3). */
async function tokensFor(granted: GrantedRequest, signer: TokenSigner, lifetimes: Lifetimes): Promise<unknown> {
  if ('client' in granted) {
    const { client, scopes } = granted
    const token = await signer.forClient(client, scopes, lifetimes.client)
    return { access_token: token, token_type: 'Bearer', expires_in: lifetimes.client, scope: scopes.join(' ') }
  }
  const { grant, refreshToken, isFirst } = granted
  return {
    access_token: await signer.forUser(grant, lifetimes.user),
    token_type: 'Bearer',
    expires_in: lifetimes.user,
    scope: grant.scopes.join(' '),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(isFirst && grant.scopes.includes('openid') && { id_token: await signer.idToken(grant, lifetimes.user) }),
  }
}

function addTokenEndpoint(
  app: FastifyInstance,
  known: () => KnownClients,
  tokens: (granted: GrantedRequest) => Promise<unknown>,
): void {
  app.post('/token', {
    errorHandler: (error, _request, reply): void => {
      const refusal = asTokenRequestError(error)
      if (refusal.httpStatus === 401) reply.header('www-authenticate', 'Basic realm="tidemark"')
      void reply
        .code(refusal.httpStatus)
        .header('cache-control', 'no-store')
        .send({ error: refusal.code, error_description: refusal.message })
    },
    handler: async (request, reply) => {
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
      const granted = readTokenRequest(form, request.headers.authorization, known())
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
      return tokens(granted)
    },
  })
}

/** Reports a body that is too large or has another type as an invalid request. */
function asTokenRequestError(error: unknown): TokenRequestError {
  if (error instanceof TokenRequestError) return error
  const isClientError = ((error as { statusCode?: number }).statusCode ?? 500) < 500
  if (!isClientError) throw error
  return new TokenRequestError('invalid_request', 'The body is not a form')
}
