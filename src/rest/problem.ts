import type { FastifyReply } from 'fastify'
import { type ApiFailure, apiFailureHeaders } from '../services/api-failure.js'
import type { UserError, UserErrorCode } from '../services/user-error.js'

/** What only REST can get wrong, since GraphQL's types rule it out. */
export const bodyErrorCodes = ['UNKNOWN_FIELD', 'INVALID_EXPECTED_VERSION', 'INVALID_QUERY'] as const
export type ProblemErrorCode = UserErrorCode | (typeof bodyErrorCodes)[number]

/** One thing that was wrong, within a problem. */
export interface ProblemError {
  readonly code: ProblemErrorCode
  readonly detail: string
  /** JSON pointer into the body as RFC 9457 writes it, e.g. `#/entityList`. */
  readonly pointer: string
  readonly allowedValues: readonly string[]
  readonly didYouMean: UserError['didYouMean']
}

/** Problem details after RFC 9457. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** For programs to act on. */
  readonly code: string
  readonly errors?: readonly ProblemError[]
  /** With VERSION_CONFLICT: the registration as it is. */
  readonly current?: object
  readonly errorId?: string
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: 'about:blank', ...problem }))
}

export function sendFailure(reply: FastifyReply, failure: ApiFailure): FastifyReply {
  for (const [name, value] of apiFailureHeaders(failure)) reply.header(name, value)
  return sendProblem(reply, {
    status: failure.status,
    title: titles[failure.status],
    detail: failure.message,
    code: failure.code,
    ...(failure.errorId ? { errorId: failure.errorId } : {}),
  })
}

/** User errors as one problem: 409 where only the version is in the way, 422 otherwise. */
export function sendErrors(reply: FastifyReply, errors: readonly ProblemError[], current?: object): FastifyReply {
  const conflict = errors.every(({ code }) => code === 'VERSION_CONFLICT')
  return sendProblem(reply, {
    status: conflict ? 409 : 422,
    title: conflict ? 'Conflict' : 'Unprocessable Content',
    detail: errors.map(({ detail }) => detail).join(' '),
    code: conflict ? 'VERSION_CONFLICT' : 'INVALID_REGISTRATION',
    errors,
    ...(current && { current }),
  })
}

export function problemError(error: UserError): ProblemError {
  const { code, message, path, allowedValues, didYouMean } = error
  return { code, detail: message, pointer: pointerTo(path), allowedValues, didYouMean }
}

/** GraphQL's argument `input` is the body of REST. */
function pointerTo(path: readonly string[]): string {
  const inBody = path[0] === 'input' ? path.slice(1) : path
  return ['#', ...inBody.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/')
}

const titles: Record<ApiFailure['status'], string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
