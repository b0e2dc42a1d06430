import { HeaderMap } from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { isPrivateKey } from '../domain/sftp-key.js'
import { type Failure, failureHeaders, failureOf } from '../services/failure.js'
import type { Logger } from '../telemetry/logger.js'

/** A failure as GraphQL tells it, with the HTTP status and the headers that Apollo takes over into its answer. */
export function failureError(failure: Failure): GraphQLError {
  const headers = new HeaderMap(failureHeaders(failure))
  return new GraphQLError(failure.message, {
    extensions: { ...extensionsOf(failure), http: { status: failure.status, headers } },
  })
}

/**
 * Lets GraphQL's own errors pass (syntax, validation, variables, limits) and those made by {@link failureError};
 * everything else becomes a failure, which masks what nobody expected.
 */
export function formatErrors(
  logger: Logger,
): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const original = unwrapResolverError(error)
    const isOurs = original instanceof GraphQLError && formatted.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR'
    if (isOurs) return withoutPrivateKey(formatted)
    const failure = failureOf(original, logger)
    return { ...formatted, message: failure.message, extensions: extensionsOf(failure) }
  }
}

/** GraphQL quotes the value of a variable that does not fit its type: of a key that was pasted by mistake that is too much. */
function withoutPrivateKey(formatted: GraphQLFormattedError): GraphQLFormattedError {
  if (!isPrivateKey(formatted.message)) return formatted
  return { ...formatted, message: 'A value does not fit its type. It holds a private key, which is not repeated here.' }
}

function extensionsOf(failure: Failure): Record<string, unknown> {
  return { code: failure.code, ...(failure.errorId ? { errorId: failure.errorId } : {}) }
}
