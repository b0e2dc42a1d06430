import { fetchJson } from './fetch-json.js'

/** The metadata of an issuer, as RFC 8414 and OpenID Connect Discovery define them. */
export interface IssuerMetadata {
  readonly issuer: string
  readonly [name: string]: unknown
}

export interface MetadataRequest {
  /** Which of the two documents is read first. The other is read if it is missing. */
  readonly first: 'oauth' | 'openid'
  /** The field that the document must have. */
  readonly needs: string
}

/** @throws AggregateError with the reason for each document */
export async function readIssuerMetadata(
  issuer: string,
  { first, needs }: MetadataRequest,
  fetch: typeof globalThis.fetch,
): Promise<IssuerMetadata> {
  const failures: unknown[] = []
  const urls = metadataUrls(issuer)
  for (const url of first === 'oauth' ? urls : urls.toReversed()) {
    try {
      const metadata = (await fetchJson(url, fetch)) as IssuerMetadata
      if (metadata.issuer !== issuer) throw new Error(`${url} is the metadata of another issuer than OAUTH_ISSUER`)
      if (typeof metadata[needs] !== 'string') throw new Error(`${url} names no ${needs}`)
      return metadata
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(failures, 'The metadata of the token issuer could not be read. Check OAUTH_ISSUER.')
}

/** RFC 8414 puts `.well-known` before the issuer's path, OpenID Connect after it. */
function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}
