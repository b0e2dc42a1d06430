import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../rest/problem.js'
import { canonicalAddress, memberOf, networkOf } from './addresses.js'
import { malformedRequest } from './errors.js'
import { securityHeaders } from './headers.js'

export interface ConnectionLimits {
  /** The maximum number of connections at the same time. Further connections are closed at once. */
  readonly maxConnections: number
  /** The same for one address, so that one caller cannot use all connections. Trusted proxies have no such limit. */
  readonly maxConnectionsPerAddress: number
  /** The addresses and networks of trusted proxies. */
  readonly trustedProxies: readonly string[]
  /** The time in which a whole request must arrive. Its headers must arrive in a third of that time. */
  readonly requestTimeoutMs: number
}

/** A registration has a few KB, also with all names as a list. */
const bodyLimit = 256 * 1024
/** A token may have 8 KB. It is by far the largest header. */
const maxHeaderSize = 16 * 1024
/** How often Node checks for clients that exceed a timeout. */
const lookEveryMs = 1_000
/** After this time, an idle connection is closed. It is longer than a response may take, and than clients keep connections open. */
const idleMs = 60_000

/** Limits the time and the size of a request. A slow client gets 408 and is disconnected, with or without a token. */
export function connectionOptions({ requestTimeoutMs }: ConnectionLimits) {
  return {
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: idleMs,
    http: { maxHeaderSize, headersTimeout: Math.ceil(requestTimeoutMs / 3), connectionsCheckingInterval: lookEveryMs },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: answerUnroutable,
  } as const satisfies FastifyHttpOptions<Server>
}

export function boundConnections(app: FastifyInstance, limits: ConnectionLimits): void {
  app.server.maxConnections = limits.maxConnections
  const isTrusted = memberOf(limits.trustedProxies)
  const open = new Map<string, number>()
  app.server.on('connection', (socket) => {
    const address = canonicalAddress(socket.remoteAddress ?? '')
    if (address === undefined) return // The connection has closed already.
    if (isTrusted(address)) return
    const network = networkOf(address)
    const count = (open.get(network) ?? 0) + 1
    if (count > limits.maxConnectionsPerAddress) return void socket.destroy()
    open.set(network, count)
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1
      if (left > 0) open.set(network, left)
      else open.delete(network)
    })
  })
}

const unreadable: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'REQUEST_TIMEOUT',
    detail: 'The request did not arrive in time. Send it again.',
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    detail: `The headers are larger than ${maxHeaderSize / 1024} KB. Send fewer or shorter headers.`,
  },
}

/** Responds to a path that the router cannot read. */
function answerUnroutable(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(reply.headers(securityHeaders), malformedRequest('The path of the request is not valid.'))
}

/** Responds to bytes that Node's parser cannot read as a request, and closes the connection. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  // If a response is in progress, no other can be sent.
  const answering = (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent ?? false
  if (error.code !== 'ECONNRESET' && socket.writable && !answering) {
    const problem = unreadable[error.code ?? ''] ?? malformedRequest('The request is not valid HTTP.')
    const title = STATUS_CODES[problem.status] ?? ''
    const body = JSON.stringify({ type: 'about:blank', title, ...problem })
    const head = [
      `HTTP/1.1 ${problem.status} ${title}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
      'Connection: close',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
  socket.destroy()
}
