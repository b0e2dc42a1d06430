import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { fastifyCors } from '@fastify/cors'
import Fastify, { type FastifyInstance } from 'fastify'
import { SignJWT } from 'jose'
import { loopbackOrigin } from '../../src/compose/loopback.js'
import { loadSigningKey, signingAlgorithm } from './signing-key.js'
import { readTokenRequest, TokenRequestError, type IssuerClient } from './token-request.js'

export type { IssuerClient } from './token-request.js'

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
  /** Any free port if undefined. It is part of the issuer's URL, so tokens are valid only while it stays the same. */
  readonly port?: number
  readonly host?: string
  readonly lifetimeSeconds?: number
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

type Sign = (client: IssuerClient, scopes: readonly string[], seconds?: number) => Promise<string>

/**
 * The OAuth2 server of the local stack. Clients exchange their credentials for access tokens (RFC 9068).
 * Rejects if the port is taken or the key can't be read.
 */
export async function startTokenIssuer(options: TokenIssuerOptions): Promise<LocalTokenIssuer> {
  const { audience, clients, port = 0, host = '127.0.0.1', lifetimeSeconds = 3600 } = options
  const key = await loadSigningKey(options.keyFile)
  // The port is known when the server listens. No request arrives before.
  const urls = { issuer: '', tokenUrl: '', jwksUrl: '' }
  const sign: Sign = (client, scopes, seconds = lifetimeSeconds) =>
    new SignJWT({
      client_id: client.clientId,
      ...(client.tenantId !== null && { tenant_id: client.tenantId }),
      scope: scopes.join(' '),
    })
      .setProtectedHeader({ alg: signingAlgorithm, typ: 'at+jwt', kid: key.publicJwk.kid })
      .setIssuer(urls.issuer)
      .setAudience(audience)
      .setSubject(client.clientId)
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .setJti(randomUUID())
      .sign(key.privateKey)

  const app = Fastify({ bodyLimit: 16 * 1024, forceCloseConnections: true })
  // Web pages on this machine can request tokens with an id and a secret, like any client.
  await app.register(fastifyCors, { origin: [loopbackOrigin], methods: ['GET', 'POST'], maxAge: 600 })
  app.get('/.well-known/jwks.json', () => ({ keys: [key.publicJwk] }))
  const metadata = (): unknown => metadataOf(urls, clients())
  app.get('/.well-known/oauth-authorization-server', metadata)
  app.get('/.well-known/openid-configuration', metadata)
  addTokenEndpoint(app, clients, sign, lifetimeSeconds)
  await app.listen({ port, host })

  urls.issuer = `http://${host}:${(app.server.address() as AddressInfo).port}`
  urls.tokenUrl = `${urls.issuer}/token`
  urls.jwksUrl = `${urls.issuer}/.well-known/jwks.json`
  return {
    ...urls,
    accessToken: async (clientId, seconds) => {
      const client = clients().find((each) => each.clientId === clientId)
      if (!client) throw new Error(`The token issuer does not know the client ${clientId}.`)
      return sign(client, client.scopes, seconds)
    },
    stop: () => app.close(),
  }
}

/** The metadata of RFC 8414, with the fields that OpenID Connect Discovery requires. */
function metadataOf(
  urls: { readonly issuer: string; readonly tokenUrl: string; readonly jwksUrl: string },
  clients: readonly IssuerClient[],
): unknown {
  return {
    issuer: urls.issuer,
    token_endpoint: urls.tokenUrl,
    jwks_uri: urls.jwksUrl,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    scopes_supported: [...new Set(clients.flatMap(({ scopes }) => scopes))],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signingAlgorithm],
  }
}

function addTokenEndpoint(
  app: FastifyInstance,
  clients: () => readonly IssuerClient[],
  sign: Sign,
  lifetimeSeconds: number,
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(body.toString())),
  )
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
      const { client, scopes } = readTokenRequest(form, request.headers.authorization, clients())
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
      return {
        access_token: await sign(client, scopes),
        token_type: 'Bearer',
        expires_in: lifetimeSeconds,
        scope: scopes.join(' '),
      }
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
