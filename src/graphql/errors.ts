import { type ApolloServerPlugin, HeaderMap } from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { InsufficientScopeError } from '../domain/access.js'
import { holdsPrivateKey } from '../domain/sftp-key.js'
import type { Audit } from '../services/audit.js'
import { type ApiFailure, type ApiFailureCode, apiFailureHeaders, toApiFailure } from '../services/api-failure.js'
import type { Logger } from '../telemetry/logger.js'

/** A failure as GraphQL tells it, with the HTTP status and the headers that Apollo takes over into its answer. */
export function failureError(failure: ApiFailure): GraphQLError {
  const headers = new HeaderMap(apiFailureHeaders(failure))
  return new GraphQLError(failure.message, {
    extensions: { ...extensionsOf(failure), http: { status: failure.status, headers } },
  })
}

/** Why a caller is not let in, as GraphQL tells it; where it is a known caller, the audit log has it, too. */
export async function refusal(
  error: unknown,
  { audit, logger }: { readonly audit: Audit; readonly logger: Logger },
): Promise<GraphQLError> {
  if (error instanceof InsufficientScopeError) await audit.denied(error)
  return failureError(toApiFailure(error, logger))
}

/**
 * Passes on GraphQL's own errors (syntax, validation, variables, limits) and those made by {@link failureError}. Every
 * other error becomes a failure, which masks what is not expected.
 */
export function formatErrors(options: {
  readonly introspection: boolean
  readonly logger: Logger
}): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const original = unwrapResolverError(error)
    const isOurs = original instanceof GraphQLError && formatted.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR'
    if (isOurs) return { ...formatted, message: shownMessage(formatted.message, options) }
    const failure = toApiFailure(original, options.logger)
    return { ...formatted, message: failure.message, extensions: extensionsOf(failure) }
  }
}

const statuses: Partial<Record<ApiFailureCode, number>> = {
  BAD_USER_INPUT: 400,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
}

/**
 * Gives an operation of which nothing could be answered the status of its first error: what failed must not look well to
 * proxies and alerts. One that was answered in part stays 200.
 */
export const failedStatusPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body, http } }) {
        if (body.kind !== 'single' || body.singleResult.data !== null || http.status !== undefined) return
        const extensions = body.singleResult.errors?.[0]?.extensions
        const status = statuses[extensions?.['code'] as ApiFailureCode]
        if (status === undefined) return
        http.status = status
        const seconds = extensions?.['retryAfterSeconds']
        if (typeof seconds === 'number') http.headers.set('retry-after', String(seconds))
      },
    }
  },
}

/** GraphQL quotes what the caller sent, which may be 256 KB long. */
const longestMessage = 1024

/**
 * A message of GraphQL's own, safe to answer with: without a private key that was pasted by mistake, without names of a
 * schema that is not shown, and cut to 1,024 characters. Apollo Server's own option that hides names is quadratic.
 */
function shownMessage(message: string, { introspection }: { readonly introspection: boolean }): string {
  if (holdsPrivateKey(message)) {
    return 'A value does not fit its type. It holds a private key, which is not repeated here.'
  }
  const told = introspection ? message : withoutSuggestion(message)
  return told.length > longestMessage ? `${told.slice(0, longestMessage)}…` : told
}

function withoutSuggestion(message: string): string {
  const suggestion = message.endsWith('?') ? message.lastIndexOf(' Did you mean ') : -1
  return suggestion < 0 ? message : message.slice(0, suggestion)
}

function extensionsOf({ code, errorId, retryAfterSeconds }: ApiFailure): Record<string, unknown> {
  return { code, ...(errorId && { errorId }), ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
}
