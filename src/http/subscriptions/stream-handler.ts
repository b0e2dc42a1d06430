import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GraphqlContext } from '../../graphql/context.js'
import type { SubscriptionCall } from '../../graphql/subscriptions/subscription-call.js'
import type { Logger } from '../../telemetry/logger.js'
import { resultStream } from './result-stream.js'
import { type StreamFormat, streamFormatOf } from './stream-format.js'

export interface StreamHandlerParts {
  readonly apollo: ApolloServer<GraphqlContext>
  readonly contextOf: (request: FastifyRequest, subscription: SubscriptionCall) => Promise<GraphqlContext>
  readonly newCall: () => SubscriptionCall
  readonly heartbeatMs: number
  readonly logger: Logger
}

/** Whether a request asks for a stream of results. Its operation may be a query all the same. */
export function asksForStream({ method, headers }: FastifyRequest): boolean {
  return method === 'POST' && streamFormatOf(headers.accept) !== undefined
}

/**
 * Answers a POST whose caller accepts a stream. Apollo Server checks every operation, and answers queries, mutations and
 * refusals. Only a subscription that has passed all checks becomes a stream.
 */
export function streamHandler(parts: StreamHandlerParts) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const call = parts.newCall()
    const answer = await parts.apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersOf(request),
        body: request.body,
        search: '',
      },
      context: () => parts.contextOf(request, call),
    })
    const format = streamFormatOf(request.headers.accept)
    return call.started && format ? sendStream(parts, reply, call.started, format) : sendAnswer(reply, answer)
  }
}

function sendStream(
  { heartbeatMs, logger }: StreamHandlerParts,
  reply: FastifyReply,
  { results }: NonNullable<SubscriptionCall['started']>,
  format: StreamFormat,
): FastifyReply {
  // A caller that disconnects ends the subscription at once, also while the stream waits for a result.
  reply.raw.once('close', () => void results.return())
  if (reply.raw.destroyed) void results.return()
  // nginx would keep events until its buffer is full. A connection that is not used again does not delay the end of the server.
  return reply
    .header('connection', 'close')
    .header('x-accel-buffering', 'no')
    .type(format.contentType)
    .send(resultStream({ results, format, heartbeatMs, logger }))
}

function sendAnswer(reply: FastifyReply, { status, headers, body }: HTTPGraphQLResponse): FastifyReply {
  if (body.kind !== 'complete') throw new Error('the schema has no incremental delivery')
  return reply
    .headers(Object.fromEntries(headers))
    .code(status ?? 200)
    .send(body.string)
}

/** Apollo Server refuses an answer in JSON to a caller that accepts streams only, but an error is JSON. */
function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap()
  for (const [name, value] of Object.entries(headers)) {
    if (value) map.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  const accept = headers.accept ?? ''
  if (!/json|\*\/\*|application\/\*/i.test(accept)) map.set('accept', `${accept}, application/json`)
  return map
}
