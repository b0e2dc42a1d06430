import { randomBytes } from 'node:crypto'
import { type IncomingHttpHeaders, request } from 'node:http'
import { composeApi } from '../../../src/compose/api.js'
import { loadConfig } from '../../../src/config/config.js'
import type { Environment } from '../../../src/config/env.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { startTokenAuthority, type TokenAuthority, type TokenOptions } from '../../support/api/token-authority.js'
import { createWorld, removeSchedule, type World } from '../../support/world/world.js'

/** What goes over the line, as it is given: nothing is added but the host and the length of the body. */
export interface Sent {
  readonly method?: string
  readonly path: string
  /** Names and values; a name may come more than once. */
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string | Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** The API as it runs: over HTTP, with the real verifier, Postgres and Temporal, and an issuer that tokens can be had of. */
export interface RunningApi extends AsyncDisposable {
  readonly port: number
  readonly world: World
  readonly authority: TokenAuthority
  /** Whose token is shown where no other is given: a tenant that no other test has. */
  readonly tenantId: string
  /** A token of that tenant, but for what the options say. */
  sign(options?: TokenOptions): Promise<string>
  /** Everything that the API has logged. */
  readonly log: () => string
  /** Sends over a connection of its own. @throws where the connection ends without an answer */
  send(sent: Sent): Promise<Answer>
  /** Posts an operation as JSON. */
  graphql(query: string, options?: { token?: string; variables?: object }): Promise<Answer>
  /** Posts a body to /export. */
  rest(body: unknown, options?: { token?: string }): Promise<Answer>
  /** Makes the tenant's first registration, so that there is something that bad inputs could change. */
  register(): Promise<void>
}

/** Tests send much from one address. */
const withoutRateLimits: Environment = {
  RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
  RATE_LIMIT_TENANT_PER_MINUTE: '0',
  RATE_LIMIT_WRITES_PER_MINUTE: '0',
  RATE_LIMIT_RUNS_PER_HOUR: '0',
}

export async function startRunningApi(environment: Environment = {}): Promise<RunningApi> {
  const authority = await startTokenAuthority()
  const world = await createWorld({
    worker: false,
    environment: { OAUTH_ISSUER: authority.issuer, ...withoutRateLimits, ...environment },
  })
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const api = await composeApi(loadConfig({ ...world.environment, PORT: '0' }), { logger })
  const port = Number(new URL(await api.listen()).port)
  const tenantId = `t-${randomBytes(5).toString('hex')}`
  const sign: RunningApi['sign'] = (options = {}) =>
    authority.sign({ ...options, claims: { tenant_id: tenantId, ...options.claims } })
  const token = await sign()
  const post = (path: string, body: unknown, shown = token): Promise<Answer> =>
    send(port, {
      method: 'POST',
      path,
      headers: [
        ['authorization', `Bearer ${shown}`],
        ['content-type', 'application/json'],
      ],
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    port,
    world,
    authority,
    tenantId,
    sign,
    log: () => lines.join(''),
    send: (sent) => send(port, sent),
    graphql: (query, { token: shown, variables } = {}) => post('/graphql', { query, variables }, shown),
    rest: (body, { token: shown } = {}) => post('/export', body, shown),
    register: async () => {
      const { status, text } = await post('/export', { entityList: 'user', frequency: 'monthly' })
      if (status !== 200) throw new Error(`the registration was refused: ${text}`)
    },
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]()
      await removeSchedule(world.temporal, tenantId)
      await world[Symbol.asyncDispose]()
      await authority[Symbol.asyncDispose]()
    },
  }
}

function send(port: number, { method = 'GET', path, headers = [], body = '' }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body.length > 0 ? [['content-length', String(Buffer.byteLength(body))]] : []
    const framing = [['host', `127.0.0.1:${port}`], ...length]
    const call = request(
      { host: '127.0.0.1', port, method, path, agent: false, headers: [...headers, ...framing].flat() },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    // A server that has seen enough answers and closes while the body is still on its way; the answer counts.
    call.on('error', (error) => setImmediate(reject, error))
    call.end(body)
  })
}
