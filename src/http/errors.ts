import type { FastifyInstance } from 'fastify'
import { type Problem, sendFailure, sendProblem } from '../rest/problem.js'
import { InsufficientScopeError } from '../domain/access.js'
import type { Audit } from '../services/audit.js'
import { toApiFailure } from '../services/api-failure.js'
import type { Logger } from '../telemetry/logger.js'

/** Answers whatever no route answered, as a problem. */
export function answerErrors(app: FastifyInstance, audit: Audit, logger: Logger): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, notFound))
  app.setErrorHandler(async (error, request, reply) => {
    if (error instanceof InsufficientScopeError) await audit.denied(error)
    const problem = problemOfFastify(error)
    if (problem) return sendProblem(reply, problem)
    return sendFailure(reply, toApiFailure(error, logger.child({ requestId: request.id })))
  })
}

const notFound: Problem = {
  status: 404,
  title: 'Not Found',
  detail: 'There is nothing at this path.',
  code: 'NOT_FOUND',
}

export function malformedRequest(detail: string): Problem {
  return { status: 400, title: 'Bad Request', detail, code: 'MALFORMED_REQUEST' }
}

const badRequest = malformedRequest('The request could not be read; the body must be valid JSON in UTF-8.')

export const unsupportedMediaType: Problem = {
  status: 415,
  title: 'Unsupported Media Type',
  detail: 'The body must be sent as application/json.',
  code: 'UNSUPPORTED_MEDIA_TYPE',
}

const problems: readonly Problem[] = [
  badRequest,
  { status: 413, title: 'Content Too Large', detail: 'The body is larger than 256 KB.', code: 'CONTENT_TOO_LARGE' },
  unsupportedMediaType,
]

/** What Fastify finds wrong with a request before any handler sees it. */
function problemOfFastify(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  const { statusCode } = error
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  return problems.find(({ status }) => status === statusCode) ?? { ...badRequest, status: statusCode }
}
