import { randomUUID } from 'node:crypto'
import {
  AuthenticationError,
  AuthenticationUnavailableError,
  InsufficientScopeError,
  InvalidTenantError,
} from '../domain/access.js'
import { ExportError } from '../domain/errors.js'
import type { Logger } from '../telemetry/logger.js'
import { InvalidPageError } from './runs.js'

export type FailureCode =
  'UNAUTHENTICATED' | 'FORBIDDEN' | 'BAD_USER_INPUT' | 'SERVICE_UNAVAILABLE' | 'INTERNAL_SERVER_ERROR'

/** What the outside may know of an error that is no user error, whatever protocol it goes out by. */
export interface Failure {
  readonly code: FailureCode
  /** As HTTP counts. */
  readonly status: 400 | 401 | 403 | 500 | 503
  readonly message: string
  /** The `WWW-Authenticate` header of RFC 6750, for 401 and 403. */
  readonly challenge: string | undefined
  /** Names the log line that holds the cause, for 500 and 503. */
  readonly errorId: string | undefined
}

/** The one place where an error becomes an answer. What nobody expected is logged, and masked by the id it is logged with. */
export function failureOf(error: unknown, logger: Logger): Failure {
  if (error instanceof AuthenticationError) {
    return {
      code: 'UNAUTHENTICATED',
      status: 401,
      message: error.message,
      challenge: challenge(error),
      ...nothingLogged,
    }
  }
  if (error instanceof InsufficientScopeError) {
    return { code: 'FORBIDDEN', status: 403, message: error.message, challenge: challenge(error), ...nothingLogged }
  }
  if (error instanceof InvalidPageError || error instanceof InvalidTenantError) {
    return { code: 'BAD_USER_INPUT', status: 400, message: error.message, challenge: undefined, ...nothingLogged }
  }
  return maskedFailure(error, logger)
}

const nothingLogged = { errorId: undefined }

function maskedFailure(error: unknown, logger: Logger): Failure {
  const errorId = randomUUID()
  const masked = { challenge: undefined, errorId }
  if (isOutage(error)) {
    logger.warn({ errorId, err: error }, 'a request failed since something it needs is not available')
    const message = `Something that Tidemark needs is not available now; try again later. Error id: ${errorId}`
    return { code: 'SERVICE_UNAVAILABLE', status: 503, message, ...masked }
  }
  logger.error({ errorId, err: error }, 'a request failed unexpectedly')
  const message = `Something went wrong on our side. Error id: ${errorId}`
  return { code: 'INTERNAL_SERVER_ERROR', status: 500, message, ...masked }
}

function isOutage(error: unknown): boolean {
  if (error instanceof AuthenticationUnavailableError) return true
  return error instanceof ExportError && error.code.endsWith('_UNAVAILABLE')
}

/** RFC 6750, section 3: no error code for a caller that showed no token at all. */
function challenge(error: AuthenticationError | InsufficientScopeError): string {
  const realm = 'Bearer realm="tidemark"'
  if (error instanceof InsufficientScopeError) {
    return `${realm}, error="insufficient_scope", error_description="${quotable(error.message)}", scope="${error.scope}"`
  }
  if (error.reason === 'missing') return realm
  return `${realm}, error="invalid_token", error_description="${quotable(error.message)}"`
}

/** The characters that RFC 6750 permits within an error description. */
function quotable(text: string): string {
  return text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')
}
