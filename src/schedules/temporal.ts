import { Client, Connection } from '@temporalio/client'
import type { temporal } from '@temporalio/proto'
import { searchAttributes } from '../contracts.js'
import { ExportError } from '../domain/errors.js'

/** A private CA, a name that the server's certificate has, and a certificate of our own, each in PEM. */
export interface TemporalTls {
  readonly serverRootCACertificate?: Buffer
  readonly serverNameOverride?: string
  readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer }
}

export interface TemporalOptions {
  readonly address: string
  readonly namespace: string
  /** True: with the certificates that the system trusts. */
  readonly tls: boolean | TemporalTls
  readonly apiKey: string | undefined
}

/** A connection that is made when it is first needed, so that an API can start while Temporal is down. */
export interface Temporal extends AsyncDisposable {
  readonly client: Client
  /** Calls Temporal with a deadline of a few seconds, if none is given. @throws ExportError TEMPORAL_UNAVAILABLE */
  call<T>(what: string, use: (client: Client) => Promise<T>, deadlineMs?: number): Promise<T>
  /** @throws ExportError TEMPORAL_UNAVAILABLE */
  ping(): Promise<void>
}

const shortDeadlineMs = 4000
/** For what goes through everything that Temporal has. */
export const longDeadlineMs = 60_000

export function openTemporal(options: TemporalOptions): Temporal {
  const connection = Connection.lazy({
    address: options.address,
    tls: options.tls,
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
    connectTimeout: shortDeadlineMs,
    // By default a client that found the server away for long may wait two minutes until it looks again.
    channelArgs: { 'grpc.max_reconnect_backoff_ms': 5000 },
    // The SDK's own retries throw, where nobody can catch it, if the connection is closed meanwhile.
    interceptors: [],
  })
  const client = new Client({ connection, namespace: options.namespace })
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

/** Runs set search attributes that are not registered: they could not start. */
export class SearchAttributesMissingError extends Error {
  override readonly name = 'SearchAttributesMissingError'
}

/**
 * Registers the search attributes that runs set, where they are not registered yet. Temporal Cloud and servers with an
 * authorizer refuse that: there they are registered by hand, and a query shows whether they are.
 * @throws SearchAttributesMissingError where they are not, and may not be registered from here
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

/** A query that names an attribute which is not registered is not valid. */
async function requireSearchAttributes(temporal: Temporal, namespace: string): Promise<void> {
  const query = Object.entries(searchAttributes)
    .map(([name, type]) => `${name} = ${type === 'Int' ? 0 : "'none'"}`)
    .join(' OR ')
  await temporal.call('look for search attributes', async ({ connection }) => {
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
  1, // CANCELLED: by the server, where its clock finds the deadline passed before ours does
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

/** Tenants see the message with their schedule, so it says nothing of where Temporal is. */
function unavailable(what: string, cause: unknown): ExportError {
  const message = `Temporal did not answer (${what})`
  return new ExportError('TEMPORAL_UNAVAILABLE', message, { cause })
}
