import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { fakeEventFeed } from './fake-event-feed.js'
import { fakeEmailLinks, fakeEmailRecipients } from './fake-email.js'
import { fakeFetches } from './fake-fetches.js'
import { fakeContracts } from './fake-contracts.js'
import { fakePgpKeys } from './fake-pgp-keys.js'
import { fakeWebhooks } from './fake-webhooks.js'
import { createTokenVerifier } from '../../../src/auth/token-verifier.js'
import { loadCatalog } from '../../../src/catalog/load.js'
import { createHttpServer, type HttpServerOptions } from '../../../src/http/server.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import {
  fakeAudit,
  fakeDeliveries,
  fakeIncidents,
  fakeLateness,
  fakeOperations,
  fakeDeliveryTests,
  fakeRegistrations,
  fakeRuns,
  fakeSftpKeys,
} from './fake-use-cases.js'
import { startTokenAuthority, type TokenAuthority, usualClaims } from './token-authority.js'

export interface TestApi extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly authority: TokenAuthority
  /** Everything that was logged, parsed. */
  readonly log: () => Record<string, unknown>[]
  readonly rawLog: () => string
  /** Posts an operation; with the default token unless `token` says otherwise, null being none. */
  graphql(query: string, options?: GraphqlCall): Promise<LightMyRequestResponse>
  /** Posts a body to /export with the default token. */
  post(body: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>
}

export interface GraphqlCall {
  readonly variables?: Record<string, unknown>
  readonly token?: string | null
  readonly operationName?: string
}

type ApiOverrides = Partial<Omit<HttpServerOptions, 'http'>> & { readonly http?: Partial<HttpServerOptions['http']> }

/** Closed as in production, and without limits that a test would not expect. */
const quietHttp: HttpServerOptions['http'] = {
  sandbox: false,
  introspection: false,
  corsOrigins: [],
  publicUrl: 'https://tidemark.test',
  trustedProxies: [],
  maxConnections: 1_000,
  maxConnectionsPerAddress: 1_000,
  requestTimeoutMs: 30_000,
  host: '127.0.0.1',
  answerTimeoutMs: 60_000,
  tenantRequestsAtOnce: 1_000,
  subscriptionsPerTenant: 20,
  rateLimits: { tenantPerMinute: 0, addressPerMinute: 0, writesPerMinute: 0, runsPerHour: 0 },
}

/** The challenge that a caller without a token gets; more follows where a token was shown. */
export const bareChallenge =
  'Bearer realm="tidemark", resource_metadata="https://tidemark.test/.well-known/oauth-protected-resource"'

/** The real HTTP server and the real token verifier over fake use cases. */
export async function startApi({ http, ...overrides }: ApiOverrides = {}): Promise<TestApi> {
  const authority = await startTokenAuthority()
  const token = await authority.sign()
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const catalog = await loadCatalog(undefined)
  const app = await createHttpServer({
    http: { ...quietHttp, ...http },
    issuer: authority.issuer,
    registrations: fakeRegistrations(catalog),
    runs: fakeRuns(catalog),
    deliveries: fakeDeliveries(),
    fetches: fakeFetches(),
    contracts: fakeContracts(catalog),
    deliveryTests: fakeDeliveryTests(),
    audit: fakeAudit(),
    sftpKeys: fakeSftpKeys(),
    pgpKeys: fakePgpKeys(),
    webhooks: fakeWebhooks(),
    emailRecipients: fakeEmailRecipients(),
    emailLinks: fakeEmailLinks(),
    eventFeed: fakeEventFeed(),
    incidents: fakeIncidents(),
    lateness: fakeLateness(),
    operations: fakeOperations(),
    verifier: createTokenVerifier({
      issuer: authority.issuer,
      ...usualClaims,
      algorithms: ['ES256'],
    }),
    checks: { database: async () => undefined, temporal: async () => undefined },
    logger,
    ...overrides,
  })
  const bearer = (shown: string | null) => (shown === null ? {} : { authorization: `Bearer ${shown}` })
  return {
    app,
    authority,
    rawLog: () => lines.join(''),
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    graphql: (query, { variables, token: shown = token, operationName } = {}) =>
      app.inject({
        method: 'POST',
        url: '/graphql',
        headers: bearer(shown),
        payload: { query, ...(variables ? { variables } : {}), ...(operationName ? { operationName } : {}) },
      }),
    post: (body, headers = {}) =>
      app.inject({
        method: 'POST',
        url: '/export',
        headers: { ...bearer(token), 'content-type': 'application/json', ...headers },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await authority[Symbol.asyncDispose]()
    },
  }
}
