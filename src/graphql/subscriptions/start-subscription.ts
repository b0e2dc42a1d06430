import type { GraphQLRequestContextDidResolveOperation } from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError, subscribe } from 'graphql'
import type { Audit } from '../../services/audit.js'
import type { Logger } from '../../telemetry/logger.js'
import type { GraphqlContext } from '../context.js'
import { formattedError, refusal } from '../errors.js'
import type { Open } from './open-ones.js'
import type { FormattedResult, Results } from './subscription-call.js'

/** Makes an error safe to return. */
export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError

export interface StartParts {
  readonly audit: Audit
  readonly logger: Logger
  readonly formatError: FormatError
}

/**
 * Starts the subscription of a call that has passed all checks, and leaves its results in the call. Apollo Server executes no
 * subscriptions.
 * @throws GraphQLError if the transport has only one answer, or the subscription is refused
 */
export async function startSubscription(
  { schema, document, request, contextValue }: GraphQLRequestContextDidResolveOperation<GraphqlContext>,
  parts: StartParts,
): Promise<void> {
  const { subscription: call, actor } = contextValue
  if (!call || !actor) throw needsTransport()
  const open = await opened(() => call.open(actor), parts)
  try {
    call.started = { document, signal: open.signal, results: noResults }
    const results = await subscribe({
      schema,
      document,
      contextValue,
      variableValues: request.variables ?? {},
      operationName: request.operationName ?? null,
    })
    if (isResult(results)) throw await failed(results, parts)
    call.started = { ...call.started, results: formatted(results, open, parts.formatError) }
  } catch (error) {
    delete call.started
    open.close()
    throw error
  }
}

async function opened(open: () => Open, parts: StartParts): Promise<Open> {
  try {
    return open()
  } catch (error) {
    throw await refusal(error, parts)
  }
}

function isResult(results: AsyncGenerator<ExecutionResult> | ExecutionResult): results is ExecutionResult {
  return !(Symbol.asyncIterator in results)
}

async function failed({ errors: [error] = [] }: ExecutionResult, parts: StartParts): Promise<GraphQLError> {
  const original = error && unwrapResolverError(error)
  return original instanceof GraphQLError ? original : refusal(original, parts)
}

/** `return` ends the subscription first, because a generator cannot return while it waits for its next result. */
function formatted(results: AsyncGenerator<ExecutionResult>, open: Open, format: FormatError): Results {
  const safe = safeResults(results, open, format)
  const end: Results['return'] = () => {
    open.close()
    return safe.return()
  }
  const all: Results = { next: () => safe.next(), return: end, throw: end, [Symbol.asyncIterator]: () => all }
  return all
}

/** @throws the reason why the subscription ends before the run, such as an expired token */
async function* safeResults(
  results: AsyncGenerator<ExecutionResult>,
  open: Open,
  format: FormatError,
): AsyncGenerator<FormattedResult, void> {
  try {
    for await (const { errors, ...result } of results) {
      yield errors ? { errors: errors.map((error) => format(formattedError(error), error)), ...result } : result
    }
    if (open.signal.reason instanceof Error) throw open.signal.reason
  } finally {
    open.close()
  }
}

/** While the subscription is being started. */
const noResults: Results = {
  next: async () => ({ done: true, value: undefined }),
  return: async () => ({ done: true, value: undefined }),
  throw: async () => ({ done: true, value: undefined }),
  [Symbol.asyncIterator]: () => noResults,
}

function needsTransport(): GraphQLError {
  const message =
    'A subscription has several results. Send the header "Accept: text/event-stream" or "Accept: multipart/mixed;subscriptionSpec=1.0", ' +
    'or use the WebSocket protocol graphql-transport-ws.'
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } })
}
