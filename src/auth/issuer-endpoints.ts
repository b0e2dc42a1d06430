import type * as oauth from 'oauth4webapi'
import { isSecureUrl } from '../domain/secure-url.js'
import { unavailable } from './issuer-answers.js'
import { readIssuerMetadata } from './issuer-metadata.js'

/** After this time the metadata are read again. */
const metadataMs = 10 * 60_000

type Endpoint = 'authorization_endpoint' | 'token_endpoint' | 'end_session_endpoint' | 'revocation_endpoint'
const endpoints: readonly Endpoint[] = [
  'authorization_endpoint',
  'token_endpoint',
  'end_session_endpoint',
  'revocation_endpoint',
]

export function endpoint(server: oauth.AuthorizationServer, name: Endpoint): string {
  const url = server[name]
  if (url === undefined) throw unavailable(new Error(`The metadata of the issuer name no ${name}`))
  return url
}

/** The last metadata remain usable while the issuer is down. */
export function cachedMetadata(issuer: string, isOpenId: boolean, fetch: typeof globalThis.fetch) {
  let known: { readonly server: oauth.AuthorizationServer; readonly at: number } | undefined
  return async (): Promise<oauth.AuthorizationServer> => {
    if (known && Date.now() - known.at < metadataMs) return known.server
    try {
      const request = { first: isOpenId ? 'openid' : 'oauth', needs: 'token_endpoint' } as const
      const server = (await readIssuerMetadata(issuer, request, fetch)) as oauth.AuthorizationServer
      for (const name of endpoints) {
        const url = server[name]
        if (url !== undefined && !isSecureUrl(url)) throw new Error(`${name} ${url} must be an https:// URL`)
      }
      known = { server, at: Date.now() }
    } catch (error) {
      if (!known) throw unavailable(error)
    }
    return known.server
  }
}
