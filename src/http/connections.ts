import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../rest/problem.js'
import { canonicalAddress, memberOf, networkOf } from './addresses.js'
import { malformedRequest } from './errors.js'
import { securityHeaders } from './headers.js'

export interface ConnectionLimits {
  /** Connections at the same time; more are closed at once. */
  readonly maxConnections: number
  /** The same of one address, unless it is a trusted proxy's: one caller shall not take all places. */
  readonly maxConnectionsPerAddress: number
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[]
  /** In which a whole request must have come in; its headers have a third of that. */
  readonly requestTimeoutMs: number
}

/** Registrations are a few KB; the largest that make sense, all names as a list, fit many times. */
const bodyLimit = 256 * 1024
/** A token may have 8 KB, and is by far the largest header. */
const maxHeaderSize = 16 * 1024
/** How often Node looks for clients that take too long. */
const lookEveryMs = 1_000
/** A connection on which nothing moves: longer than an answer may take, and than clients keep one for their next request. */
const idleMs = 60_000

/** How long and how much a client may send. A slow one is answered with 408 and cut off, whether or not it has shown a token. */
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
    if (address === undefined) return // It has gone already.
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
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'REQUEST_TIMEOUT', detail: 'The request did not come in in time.' },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    detail: `The headers are larger than ${maxHeaderSize / 1024} KB.`,
  },
}

/** Answers a path that no route can be looked up for. */
function answerUnroutable(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(reply.headers(securityHeaders), malformedRequest('The path of the request is not valid.'))
}

/** Answers what Node's parser could not make a request of, and closes the connection. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  // Of an answer that is under way nothing more can be said.
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
