import * as oauth from 'oauth4webapi'
import { type IssuedTokens, type IssuerLogin, LoginError } from '../domain/console-login.js'
import { boundedFetch } from './fetch-json.js'
import { asked, requireWorking } from './issuer-answers.js'
import { cachedMetadata, endpoint } from './issuer-endpoints.js'

export interface LoginIssuerOptions {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly scopes: readonly string[]
  readonly loginParameters: Readonly<Record<string, string>>
  readonly clockToleranceSeconds: number
}

/** What only the browser that began a login has. */
export interface LoginSecrets {
  readonly state: string
  readonly verifier: string
  /** Only with OpenID Connect. */
  readonly nonce: string | undefined
}

/**
 * The issuer, where users of the console log in: authorization code with PKCE (RFC 9700).
 * Each call throws AuthenticationUnavailableError if the issuer does not answer.
 */
export interface LoginIssuer {
  /** Secrets for one login, and the page at which the user logs in. */
  begin(redirectUri: string, options: { readonly again: boolean }): Promise<{ secrets: LoginSecrets; url: string }>
  /**
   * Exchanges what the issuer has sent with the user for tokens.
   * @throws LoginError if the answer is not that of this login, or the issuer refuses it
   */
  complete(answer: URLSearchParams, redirectUri: string, secrets: LoginSecrets): Promise<IssuerLogin>
  /** New tokens. @throws LoginError if the issuer has ended the user's session */
  refresh(tokens: IssuedTokens): Promise<IssuedTokens>
  /** Revokes the refresh token, if the issuer can. */
  revoke(tokens: IssuedTokens): Promise<void>
  /** The page that ends the user's session at the issuer; undefined if it has none. */
  endSessionUrl(tokens: IssuedTokens, returnTo: string): Promise<string | undefined>
}

const timeoutMs = 5_000

export function createLoginIssuer(options: LoginIssuerOptions, fetch = globalThis.fetch): LoginIssuer {
  const client: oauth.Client = {
    client_id: options.clientId,
    [oauth.clockTolerance]: Math.max(1, options.clockToleranceSeconds),
  }
  const isOpenId = options.scopes.includes('openid')
  const metadata = cachedMetadata(options.issuer, isOpenId, fetch)
  const http = () => ({
    signal: AbortSignal.timeout(timeoutMs),
    [oauth.customFetch]: boundedFetch(fetch),
    // The metadata are accepted only with https:// URLs, or http:// ones of this machine.
    [oauth.allowInsecureRequests]: true,
  })
  const authentication = (server: oauth.AuthorizationServer) => clientAuthentication(server, options.clientSecret)

  return {
    begin: async (redirectUri, { again }) => {
      const server = await metadata()
      const secrets = {
        state: oauth.generateRandomState(),
        verifier: oauth.generateRandomCodeVerifier(),
        nonce: isOpenId ? oauth.generateRandomNonce() : undefined,
      }
      const url = new URL(endpoint(server, 'authorization_endpoint'))
      const parameters = {
        ...options.loginParameters,
        client_id: options.clientId,
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: options.scopes.join(' '),
        state: secrets.state,
        code_challenge: await oauth.calculatePKCECodeChallenge(secrets.verifier),
        code_challenge_method: 'S256',
        ...(secrets.nonce !== undefined && { nonce: secrets.nonce }),
        ...(again && { prompt: 'login', max_age: '0' }),
      }
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
      return { secrets, url: url.href }
    },
    complete: async (answer, redirectUri, { state, verifier, nonce }) => {
      const server = await metadata()
      const response = await asked('REFUSED', async () => {
        const valid = oauth.validateAuthResponse(server, client, answer, state)
        const auth = authentication(server)
        const codeResponse = await oauth.authorizationCodeGrantRequest(
          ...([server, client, auth, valid, redirectUri, verifier, http()] as const),
        )
        requireWorking(codeResponse)
        return oauth.processAuthorizationCodeResponse(server, client, codeResponse, {
          ...(nonce !== undefined && { expectedNonce: nonce }),
          requireIdToken: isOpenId,
        })
      })
      const claims = oauth.getValidatedIdTokenClaims(response)
      return {
        tokens: tokensOf(response),
        name: nameIn(claims),
        authTime: claims?.auth_time === undefined ? undefined : new Date(claims.auth_time * 1000),
      }
    },
    refresh: async (tokens) => {
      const { refreshToken } = tokens
      if (refreshToken === undefined) throw new LoginError('EXPIRED')
      const server = await metadata()
      const renewed = await asked('EXPIRED', async () => {
        const auth = authentication(server)
        const response = await oauth.refreshTokenGrantRequest(server, client, auth, refreshToken, http())
        requireWorking(response)
        return oauth.processRefreshTokenResponse(server, client, response)
      })
      const { accessToken, ...fresh } = tokensOf(renewed)
      // An issuer that does not rotate refresh tokens sends none.
      return {
        accessToken,
        refreshToken: fresh.refreshToken ?? refreshToken,
        idToken: fresh.idToken ?? tokens.idToken,
      }
    },
    revoke: async ({ refreshToken }) => {
      const server = await metadata()
      if (refreshToken === undefined || server.revocation_endpoint === undefined) return
      const response = await oauth.revocationRequest(server, client, authentication(server), refreshToken, http())
      await oauth.processRevocationResponse(response)
    },
    endSessionUrl: async ({ idToken }, returnTo) => {
      const server = await metadata()
      if (server.end_session_endpoint === undefined) return undefined
      const url = new URL(endpoint(server, 'end_session_endpoint'))
      url.searchParams.set('client_id', options.clientId)
      url.searchParams.set('post_logout_redirect_uri', returnTo)
      if (idToken !== undefined) url.searchParams.set('id_token_hint', idToken)
      return url.href
    },
  }
}

/** A confidential client sends its secret in the way that the issuer prefers. */
function clientAuthentication(server: oauth.AuthorizationServer, secret: string | undefined): oauth.ClientAuth {
  if (secret === undefined) return oauth.None()
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return methods.includes('client_secret_basic') ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret)
}

function tokensOf(response: oauth.TokenEndpointResponse): IssuedTokens {
  const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = response
  return { accessToken, refreshToken, idToken }
}

const longestName = 200

/** The name to show, without invisible characters. */
function nameIn(claims: oauth.IDToken | undefined): string | undefined {
  const names = ['name', 'preferred_username', 'email'].map((claim) => claims?.[claim])
  const name = names.find((each) => typeof each === 'string' && each.trim() !== '')
  return typeof name === 'string' ? name.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').slice(0, longestName) : undefined
}
