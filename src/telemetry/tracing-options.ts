/** Ids and names that Tidemark defines. Other attributes are left out: see span-attributes.ts. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface TracingOptions {
  /** The URL of a collector, without its path `/v1/traces`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
}
