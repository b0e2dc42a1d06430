import { randomUUID } from 'node:crypto'
import {
  AuthenticationError,
  AuthenticationUnavailableError,
  InsufficientScopeError,
  InvalidTenantError,
  RateLimitedError,
  StepUpRequiredError,
  StoppingError,
} from '../domain/access.js'
import { ExportError } from '../domain/errors.js'
import type { Logger } from '../telemetry/logger.js'
import { currentTraceId } from '../telemetry/trace-id.js'
import { InvalidPageError } from './page.js'

/** The codes of failures, with the HTTP status of an answer that has no data. */
export const apiFailures = {
  BAD_USER_INPUT: {
    status: 400,
    meaning: 'An argument or a variable has a wrong value, such as a page size of 0. Or the request has two tokens.',
  },
  UNAUTHENTICATED: { status: 401, meaning: 'The request has no token, or its token is not valid.' },
  STEP_UP_REQUIRED: {
    status: 401,
    meaning: "An operator's change in the console needs a recent login. Log in again at `/console/login?stepUp=true`.",
  },
  FORBIDDEN: { status: 403, meaning: 'The token lacks the required scope.' },
  RATE_LIMITED: {
    status: 429,
    meaning: 'The tenant, or the network address of the caller, has sent too many requests in a short time.',
  },
  INTERNAL_SERVER_ERROR: { status: 500, meaning: 'Tidemark failed unexpectedly.' },
  SERVICE_UNAVAILABLE: {
    status: 503,
    meaning: "A service that the request needs is unavailable, such as Tidemark's database. Try again later.",
  },
} as const
export type ApiFailureCode = keyof typeof apiFailures

/** What a caller may know of an error that is not a user error, over GraphQL and REST alike. */
export interface ApiFailure {
  readonly code: ApiFailureCode
  /** The HTTP status. */
  readonly status: 400 | 401 | 403 | 429 | 500 | 503
  readonly message: string
  /** The `WWW-Authenticate` header of RFC 6750, for 401 and 403. */
  readonly challenge?: string
  /** The seconds of the `Retry-After` header, for 429 and 503. */
  readonly retryAfterSeconds?: number
  /** The id of the log line that has the cause, for 500 and 503. */
  readonly errorId?: string
  /** The id of the request's trace, if traces are on. It is given with `errorId`. */
  readonly traceId?: string
}

/** After an outage: long enough to spare the service, short enough to notice soon that it is back. */
const outageRetrySeconds = 5

/** The HTTP headers of the failure. */
export function apiFailureHeaders({ challenge, retryAfterSeconds }: ApiFailure): [string, string][] {
  return [
    ...(challenge === undefined ? [] : [['www-authenticate', challenge] as [string, string]]),
    ...(retryAfterSeconds === undefined ? [] : [['retry-after', String(retryAfterSeconds)] as [string, string]]),
  ]
}

/** What the API answers to an error. An unexpected error is logged, and the caller gets only the id of the log line. */
export function toApiFailure(error: unknown, logger: Logger): ApiFailure {
  if (error instanceof AuthenticationError && error.reason === 'ambiguous') {
    return { code: 'BAD_USER_INPUT', status: 400, message: error.message, challenge: challengeOf(error) }
  }
  if (error instanceof AuthenticationError) {
    return { code: 'UNAUTHENTICATED', status: 401, message: error.message, challenge: challengeOf(error) }
  }
  if (error instanceof StepUpRequiredError) {
    return { code: 'STEP_UP_REQUIRED', status: 401, message: error.message, challenge: challengeOf(error) }
  }
  if (error instanceof InsufficientScopeError) {
    return { code: 'FORBIDDEN', status: 403, message: error.message, challenge: challengeOf(error) }
  }
  if (error instanceof RateLimitedError) {
    const { message, retryAfterSeconds } = error
    return { code: 'RATE_LIMITED', status: 429, message, retryAfterSeconds }
  }
  if (error instanceof StoppingError) {
    return { code: 'SERVICE_UNAVAILABLE', status: 503, message: error.message, retryAfterSeconds: 1 }
  }
  if (error instanceof InvalidPageError || error instanceof InvalidTenantError) {
    return { code: 'BAD_USER_INPUT', status: 400, message: error.message }
  }
  return maskedFailure(error, logger)
}

function maskedFailure(error: unknown, logger: Logger): ApiFailure {
  const errorId = randomUUID()
  const traceId = currentTraceId()
  const ids = { errorId, ...(traceId !== undefined && { traceId }) }
  if (isOutage(error)) {
    logger.warn({ errorId, err: error }, 'a request failed because a service that it needs is unavailable')
    const message = `A service that Tidemark needs is unavailable. Try again later. Error id: ${errorId}`
    return { code: 'SERVICE_UNAVAILABLE', status: 503, message, retryAfterSeconds: outageRetrySeconds, ...ids }
  }
  logger.error({ errorId, err: error }, 'a request failed unexpectedly')
  const message = `Tidemark failed unexpectedly. If it fails again, report this error id: ${errorId}`
  return { code: 'INTERNAL_SERVER_ERROR', status: 500, message, ...ids }
}

function isOutage(error: unknown): boolean {
  if (error instanceof AuthenticationUnavailableError) return true
  return error instanceof ExportError && error.code.endsWith('_UNAVAILABLE')
}

/** RFC 6750, section 3: the challenge has no error code if the request has no token. */
function challengeOf(error: AuthenticationError | InsufficientScopeError | StepUpRequiredError): string {
  const realm = 'Bearer realm="tidemark"'
  if (error instanceof InsufficientScopeError) {
    return `${realm}, error="insufficient_scope", error_description="${quotable(error.message)}", scope="${error.scope}"`
  }
  if (error instanceof StepUpRequiredError) {
    const description = quotable(error.message)
    return `${realm}, error="insufficient_user_authentication", error_description="${description}", max_age="${error.maxAgeSeconds}"`
  }
  if (error.reason === 'missing') return realm
  const code = error.reason === 'ambiguous' ? 'invalid_request' : 'invalid_token'
  return `${realm}, error="${code}", error_description="${quotable(error.message)}"`
}

/** The characters that RFC 6750 permits within an error description. */
function quotable(text: string): string {
  return text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')
}
