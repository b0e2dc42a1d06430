import type { FormattedResult } from '../../graphql/subscriptions/subscription-call.js'

/** How several results are written into one HTTP response. */
export interface StreamFormat {
  readonly contentType: string
  /** Sent at once, so that the caller and proxies get the headers. */
  readonly begin: string
  readonly result: (result: FormattedResult) => string
  /** Sent when there is nothing else to send, so that proxies keep the connection open. */
  readonly heartbeat: string
  /** The subscription ends before its run does. */
  readonly failure: (error: StreamError) => string
  readonly end: string
}

export interface StreamError {
  readonly message: string
  readonly extensions: { readonly code: string }
}

/** Apollo's multipart protocol for subscriptions: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol */
const multipart: StreamFormat = {
  contentType: 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
  begin: '\r\n--graphql',
  result: (payload) => part({ payload }),
  heartbeat: part({}),
  failure: (error) => part({ payload: null, errors: [error] }),
  end: '--\r\n',
}

/** A part ends with the boundary of the next one, because clients read up to the boundary. */
function part(body: object): string {
  return `\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n--graphql`
}

/** GraphQL over server-sent events, distinct connections mode: https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md */
const serverSentEvents: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  begin: ':\n\n',
  result: next,
  heartbeat: ':\n\n',
  failure: (error) => next({ errors: [error] }),
  end: 'event: complete\ndata:\n\n',
}

function next(result: object): string {
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`
}

/**
 * The format that an `Accept` header asks for. A client that accepts any type gets one answer. The first of two formats counts.
 */
export function streamFormatOf(accept = ''): StreamFormat | undefined {
  for (const range of accept.toLowerCase().replaceAll(/[\s"]/g, '').split(',')) {
    const [type, ...parameters] = range.split(';')
    if (type === 'text/event-stream') return serverSentEvents
    if (type === 'multipart/mixed' && parameters.includes('subscriptionspec=1.0')) return multipart
  }
  return undefined
}
