import { type ApolloServerPlugin, HeaderMap } from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { InsufficientScopeError } from '../domain/access.js'
import { holdsPrivateKey } from '../domain/sftp-key.js'
import type { Audit } from '../services/audit.js'
import { type ApiFailure, type ApiFailureCode, apiFailureHeaders, toApiFailure } from '../services/api-failure.js'
import type { Logger } from '../telemetry/logger.js'

/** A failure as a GraphQL error, with the HTTP status and headers that Apollo copies to the response. */
function failureError(failure: ApiFailure): GraphQLError {
  const headers = new HeaderMap(apiFailureHeaders(failure))
  return new GraphQLError(failure.message, {
    extensions: { ...extensionsOf(failure), http: { status: failure.status, headers } },
  })
}

/** Why a caller is refused, as a GraphQL error. The audit log records the denial of a known caller. */
export async function refusal(
  error: unknown,
  { audit, logger }: { readonly audit: Audit; readonly logger: Logger },
): Promise<GraphQLError> {
  if (error instanceof InsufficientScopeError) await audit.denied(error)
  return failureError(toApiFailure(error, logger))
}

/** An error without its HTTP status and headers. Apollo Server removes them from its own answers. */
export function formattedError(error: GraphQLError): GraphQLFormattedError {
  const { http: _http, ...extensions } = error.extensions
  return { ...error.toJSON(), extensions }
}

/**
 * Returns GraphQL's own errors (syntax, validation, variables, limits) and those of {@link failureError} unchanged. Every
 * other error becomes a failure that masks an unexpected cause.
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
 * Gives an operation without any data the HTTP status of its first error, so that proxies and alerts see the failure. An
 * operation with partial data keeps the status 200.
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

/** GraphQL quotes the input, which may have 256 KB. */
const longestMessage = 1024

/**
 * One of GraphQL's own messages, safe to return: without a private key that the caller pasted by mistake, without names of
 * a hidden schema, and cut to 1,024 characters. Apollo Server's own option that hides names takes quadratic time.
 */
function shownMessage(message: string, { introspection }: { readonly introspection: boolean }): string {
  if (holdsPrivateKey(message)) {
    return 'A value has the wrong type. It contains a private key, which this message does not repeat.'
  }
  const shown = introspection ? message : withoutSuggestion(message)
  return shown.length > longestMessage ? `${shown.slice(0, longestMessage)}…` : shown
}

function withoutSuggestion(message: string): string {
  const suggestion = message.endsWith('?') ? message.lastIndexOf(' Did you mean ') : -1
  return suggestion < 0 ? message : message.slice(0, suggestion)
}

function extensionsOf({ code, errorId, traceId, retryAfterSeconds }: ApiFailure): Record<string, unknown> {
  return {
    code,
    ...(errorId && { errorId }),
    ...(traceId && { traceId }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }
}
