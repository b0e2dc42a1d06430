import { Client, Connection } from '@temporalio/client'
import type { temporal } from '@temporalio/proto'
import { searchAttributes } from '../contracts.js'
import { ExportError } from '../domain/errors.js'

export interface TemporalOptions {
  readonly address: string
  readonly namespace: string
  readonly tls: boolean
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

/**
 * Registers the search attributes that runs set, where they are not registered yet.
 * @throws where the server does not permit it; on Temporal Cloud they are registered by hand.
 */
export async function ensureSearchAttributes(temporal: Temporal, namespace: string): Promise<void> {
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
