import { Client, type ClientInterceptors, Connection } from '@temporalio/client'
import type { temporal } from '@temporalio/proto'
import { searchAttributes } from '../contracts.js'
import { ExportError } from '../domain/errors.js'

/** A private CA and a client certificate with its key, in PEM, and the name in the server's certificate. */
export interface TemporalTls {
  readonly serverRootCACertificate?: Buffer
  readonly serverNameOverride?: string
  readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer }
}

export interface TemporalOptions {
  readonly address: string
  readonly namespace: string
  /** True: the server's certificate must be one that the system trusts. */
  readonly tls: boolean | TemporalTls
  readonly apiKey: string | undefined
}

/** A connection that opens when it is first used, so that the API can start while Temporal is down. */
export interface Temporal extends AsyncDisposable {
  readonly client: Client
  /** Calls Temporal. The default deadline is a few seconds. @throws ExportError TEMPORAL_UNAVAILABLE */
  call<T>(what: string, use: (client: Client) => Promise<T>, deadlineMs?: number): Promise<T>
  /** @throws ExportError TEMPORAL_UNAVAILABLE */
  ping(): Promise<void>
}

const shortDeadlineMs = 4000
/**
 * For calls about one schedule: its own workflow answers them, and Temporal waits 5 s for a worker that has it in memory before it
 * asks another one. And for starts of runs, which may have begun although no answer came.
 */
export const patientDeadlineMs = 12_000
/** For calls that list everything, or wait for a workflow. */
export const longDeadlineMs = 60_000

export function openTemporal(options: TemporalOptions, interceptors: ClientInterceptors = {}): Temporal {
  const connection = Connection.lazy({
    address: options.address,
    tls: options.tls,
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
    connectTimeout: shortDeadlineMs,
    // By default, after a long outage, a client may wait two minutes before it connects again.
    channelArgs: { 'grpc.max_reconnect_backoff_ms': 5000 },
    // The SDK's own retries throw where no code can catch it, if the connection is closed meanwhile.
    interceptors: [],
  })
  const client = new Client({ connection, namespace: options.namespace, interceptors })
  const call = async <T>(
    what: string,
    use: (client: Client) => Promise<T>,
    deadlineMs = shortDeadlineMs,
  ): Promise<T> => {
    try {
      return await connection.withDeadline(Date.now() + deadlineMs, () => use(client))
    } catch (error) {
      throw isUnavailable(error) ? unavailable(what, error) : error
    }
  }
  return {
    client,
    call,
    ping: async () => {
      await call('ping', () => connection.workflowService.getSystemInfo({}))
    },
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** Runs set search attributes that are not registered, so that they can't start. */
class SearchAttributesMissingError extends Error {
  override readonly name = 'SearchAttributesMissingError'
}

/**
 * Registers the search attributes that runs set, unless they are registered. Temporal Cloud and servers with an authorizer
 * refuse that: there an operator registers them, and a query checks that.
 * @throws SearchAttributesMissingError if they are not registered, and the server refuses to register them
 */
export async function ensureSearchAttributes(temporal: Temporal, namespace: string): Promise<void> {
  try {
    await registerSearchAttributes(temporal, namespace)
  } catch (error) {
    if (!isRefused(error)) throw error
    await requireSearchAttributes(temporal, namespace)
  }
}

const refusedStatuses: ReadonlySet<unknown> = new Set([
  7 /* PERMISSION_DENIED */, 12 /* UNIMPLEMENTED */, 16 /* UNAUTHENTICATED */,
])

function isRefused(error: unknown): boolean {
  return refusedStatuses.has((error as { code?: unknown } | null)?.code)
}

/** A query is invalid if it names an attribute that is not registered. */
async function requireSearchAttributes(temporal: Temporal, namespace: string): Promise<void> {
  const query = Object.entries(searchAttributes)
    .map(([name, type]) => `${name} = ${type === 'Int' ? 0 : "'none'"}`)
    .join(' OR ')
  await temporal.call('check search attributes', async ({ connection }) => {
    try {
      await (connection as Connection).workflowService.countWorkflowExecutions({ namespace, query })
    } catch (error) {
      if ((error as { code?: unknown }).code !== 3 /* INVALID_ARGUMENT */) throw error
      const commands = Object.entries(searchAttributes).map(([name, type]) => `--name ${name} --type ${type}`)
      throw new SearchAttributesMissingError(
        `The namespace ${namespace} lacks search attributes, and Temporal does not let Tidemark register them. Register each: ` +
          `temporal operator search-attribute create ${commands.join(' ')}; on Temporal Cloud in the settings of the namespace.`,
        { cause: error },
      )
    }
  })
}

async function registerSearchAttributes(temporal: Temporal, namespace: string): Promise<void> {
  await temporal.call('register search attributes', async ({ connection }) => {
    const operator = (connection as Connection).operatorService
    const { customAttributes } = await operator.listSearchAttributes({ namespace })
    const missing = Object.entries(searchAttributes).filter(([name]) => !(name in (customAttributes ?? {})))
    if (missing.length === 0) return
    await operator.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, indexedValueTypes[type]])),
    })
  })
}

const indexedValueTypes = {
  Keyword: 2,
  Int: 3,
  KeywordList: 7,
} satisfies Record<string, temporal.api.enums.v1.IndexedValueType>

const unavailableStatuses = new Set([
  1, // CANCELLED: the server's clock has passed the deadline before ours
  4, // DEADLINE_EXCEEDED
  8, // RESOURCE_EXHAUSTED
  10, // ABORTED
  14, // UNAVAILABLE
])

function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'number' && unavailableStatuses.has(cause.code)) return true
    if (/failed to connect|before the deadline|deadline exceeded/i.test(cause.message)) return true
  }
  return false
}

/** Tenants may read the message, so it does not say where Temporal is. */
function unavailable(what: string, cause: unknown): ExportError {
  const message = `Temporal did not answer (${what})`
  return new ExportError('TEMPORAL_UNAVAILABLE', message, { cause })
}
