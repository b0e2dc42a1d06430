/** Proxies for requests that Tidemark makes itself: of the issuer's keys, and to webhooks. */
export interface ProxyOptions {
  /** For https:// and for http:// URLs, each an http:// or https:// URL. */
  readonly https: string | undefined
  readonly http: string | undefined
  /** Hosts that are reached directly, as NO_PROXY lists them. */
  readonly none: string | undefined
}

export type Fetch = typeof globalThis.fetch

/** Node's own `fetch` where no proxy is given; it knows none before Node 24. */
export async function outboundFetch({ https, http, none }: ProxyOptions): Promise<Fetch> {
  if (https === undefined && http === undefined) return globalThis.fetch
  const { EnvHttpProxyAgent, fetch: fetchBy } = await import('undici')
  const dispatcher = new EnvHttpProxyAgent({ httpsProxy: https ?? '', httpProxy: http ?? '', noProxy: none ?? '' })
  // The same function in a library: its types are those of another copy.
  return ((url: string, options: object) => fetchBy(url, { ...options, dispatcher })) as unknown as Fetch
}
