import { createHash, randomBytes } from 'node:crypto'
import { fastify, type FastifyRequest } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** The user who is logged in at the issuer. */
export interface TestUser {
  readonly subject: string
  readonly tenantId: string | null
  readonly scopes: string
  readonly name?: string
  /** When the user gave its password; left out of ID tokens where it is null. */
  readonly authTime?: Date | null
}

export interface LoginAuthority extends AsyncDisposable {
  readonly issuer: string
  /** Who logs in next, and what happens. Tests change it. */
  readonly state: {
    user: TestUser
    /** Whether the token endpoint answers. */
    isDown: boolean
    /** Changes the answer of the token endpoint. */
    tamperTokens: (answer: Record<string, unknown>) => void
    /** Other claims of ID tokens. */
    idClaims: Readonly<Record<string, unknown>>
    /** Whose tokens a refresh gives; those of the login's user if it is undefined. */
    refreshAs: TestUser | undefined
  }
  /** The parameters of the last authorization request. */
  readonly lastRequest: () => URLSearchParams
  readonly refreshes: () => number
  readonly revoked: () => readonly string[]
  /** The issuer ends the session of a refresh token. */
  forget(refreshToken: string): void
  /** All tokens that were issued. */
  readonly tokens: () => readonly string[]
}

export const consoleClient = { id: 'console', secret: 'secret of the console/+' }

interface Grant {
  readonly user: TestUser
  readonly request: URLSearchParams
}

/** An issuer with authorization code, PKCE, refresh tokens that rotate, and pages that need no person. */
export async function startLoginAuthority(): Promise<LoginAuthority> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const codes = new Map<string, Grant>()
  const refreshTokens = new Map<string, Grant>()
  const tokens: string[] = []
  const revoked: string[] = []
  let issuer = ''
  let lastRequest = new URLSearchParams()
  let refreshes = 0
  const state: LoginAuthority['state'] = {
    user: { subject: 'ada', tenantId: 'acme', scopes: 'exports:read exports:write', name: 'Ada Lovelace' },
    isDown: false,
    tamperTokens: () => undefined,
    idClaims: {},
    refreshAs: undefined,
  }
  const sign = (claims: Record<string, unknown>, type: string): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: type, kid: 'key' })
      .setIssuer(String(claims['iss'] ?? issuer))
      .setIssuedAt()
      .setJti(randomBytes(8).toString('hex'))
      .setExpirationTime('10m')
      .sign(privateKey)
  const grant = async ({ user, request }: Grant): Promise<object> => {
    const { subject: sub, tenantId, scopes: scope, name, authTime = new Date() } = user
    const tenant = tenantId === null ? {} : { tenant_id: tenantId }
    const access = await sign({ aud: 'tidemark', sub, client_id: consoleClient.id, scope, ...tenant }, 'at+jwt')
    const idToken = await sign(
      {
        ...{ aud: consoleClient.id, sub, name, nonce: request.get('nonce') },
        ...(authTime && { auth_time: Math.floor(authTime.getTime() / 1000) }),
        ...state.idClaims,
      },
      'JWT',
    )
    const refreshToken = randomBytes(16).toString('hex')
    refreshTokens.set(refreshToken, { user, request })
    tokens.push(access, idToken, refreshToken)
    const tokenAnswer = { access_token: access, token_type: 'Bearer', refresh_token: refreshToken, id_token: idToken }
    state.tamperTokens(tokenAnswer)
    return tokenAnswer
  }

  const app = fastify({ forceCloseConnections: true })
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(body.toString())),
  )
  app.get('/.well-known/openid-configuration', () => ({
    issuer,
    ...{ authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` },
    ...{ end_session_endpoint: `${issuer}/end`, revocation_endpoint: `${issuer}/revoke` },
    authorization_response_iss_parameter_supported: true,
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  }))
  app.get('/jwks', async () => ({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key', alg: 'ES256', use: 'sig' }] }))
  app.get('/authorize', (request, reply) => {
    lastRequest = new URL(request.url, issuer).searchParams
    const code = randomBytes(16).toString('hex')
    codes.set(code, { user: state.user, request: lastRequest })
    const answer = new URLSearchParams({ code, state: lastRequest.get('state') ?? '', iss: issuer })
    return reply.redirect(`${lastRequest.get('redirect_uri')}?${answer.toString()}`)
  })
  app.post('/token', async (request, reply) => {
    if (state.isDown) return reply.code(503).send('down')
    const form = request.body as URLSearchParams
    if (!isConsole(request)) return reply.code(401).send({ error: 'invalid_client' })
    const isRefresh = form.get('grant_type') === 'refresh_token'
    if (isRefresh) refreshes += 1
    const [store, key] = isRefresh ? [refreshTokens, form.get('refresh_token')] : [codes, form.get('code')]
    const found = store.get(key ?? '')
    store.delete(key ?? '')
    if (!found || (!isRefresh && !provesPossession(form, found)))
      return reply.code(400).send({ error: 'invalid_grant' })
    return grant(isRefresh && state.refreshAs ? { ...found, user: state.refreshAs } : found)
  })
  app.post('/revoke', (request, reply) => {
    const token = (request.body as URLSearchParams).get('token') ?? ''
    refreshTokens.delete(token)
    revoked.push(token)
    return reply.code(200).send()
  })
  issuer = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    issuer,
    state,
    lastRequest: () => lastRequest,
    refreshes: () => refreshes,
    revoked: () => revoked,
    forget: (refreshToken) => void refreshTokens.delete(refreshToken),
    tokens: () => tokens,
    [Symbol.asyncDispose]: () => app.close(),
  }
}

function isConsole({ headers }: FastifyRequest): boolean {
  const pair = [consoleClient.id, consoleClient.secret].map(encodeURIComponent).join(':')
  const given = Buffer.from(String(headers.authorization).replace('Basic ', ''), 'base64').toString()
  return decodeURIComponent(given.replaceAll('+', ' ')) === decodeURIComponent(pair)
}

function provesPossession(form: URLSearchParams, { request }: Grant): boolean {
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  return challenge === request.get('code_challenge') && form.get('redirect_uri') === request.get('redirect_uri')
}
