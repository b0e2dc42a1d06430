import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { StoppingError } from '../../domain/access.js'
import { payerOf } from '../../domain/actor.js'
import { protocolName, type WebSocketProtocol } from '../../graphql/subscriptions/web-socket-protocol.js'
import { sendProblem } from '../../rest/problem.js'
import type { Logger } from '../../telemetry/logger.js'
import type { Authenticate } from '../authentication.js'
import type { RateLimits } from '../rate-limits.js'
import type { RequestLog } from '../request-log.js'
import type { Upgrade } from './upgrades.js'

export interface WebSocketParts {
  readonly protocol: WebSocketProtocol
  readonly authenticate: Authenticate
  readonly limits: RateLimits
  readonly upgradeOf: (request: IncomingMessage) => Upgrade | undefined
  /** The origins of pages that may connect, as for CORS. */
  readonly origins: readonly (string | RegExp)[]
  /** A connection that does not answer a ping within this time is closed. */
  readonly heartbeatMs: number
  /** After this time, `close()` of the server ends connections whose clients do not. */
  readonly drainMs: number
  readonly requestLog: RequestLog
  readonly logger: Logger
}

/** As for a body over HTTP. */
const maxPayload = 256 * 1024
/** A client that sends, and does not read the answers, is disconnected. */
const maxUnreadBytes = 1_000_000

/** Turns a request for a WebSocket into a connection. */
export type WebSocketHandler = (request: FastifyRequest, reply: FastifyReply, upgrade: Upgrade) => FastifyReply

export function webSocketHandler(app: FastifyInstance, parts: WebSocketParts): WebSocketHandler {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(protocolName) ? protocolName : false),
  })
  endWithServer(app, server, parts.drainMs)
  return (request, reply, { socket, head }) => {
    if (!isAllowed(request.headers.origin, parts.origins)) return sendProblem(reply, foreignOrigin)
    const started = performance.now()
    reply.hijack()
    server.handleUpgrade(request.raw, socket, head, (webSocket) => {
      webSocket.once('close', () =>
        parts.requestLog.write(request, { method: 'GET', status: 101, ms: performance.now() - started }),
      )
      serve(webSocket, request, parts)
    })
    return reply
  }
}

/**
 * A browser sends the origin of the page. A page of another origin could open a connection without asking first. Programs send
 * no origin.
 */
function isAllowed(origin: string | undefined, allowed: WebSocketParts['origins']): boolean {
  if (origin === undefined) return true
  return allowed.some((each) => (typeof each === 'string' ? each === origin : each.test(origin)))
}

const foreignOrigin = {
  status: 403,
  title: 'Forbidden',
  detail: 'Pages of this origin may not connect. The operator allows origins in the setting CORS_ORIGINS.',
  code: 'FORBIDDEN',
}

function serve(socket: WebSocket, request: FastifyRequest, parts: WebSocketParts): void {
  const { protocol, authenticate, limits, requestLog, heartbeatMs, logger } = parts
  const close = (code: number, reason: string): void => socket.close(code, shortened(reason))
  const isOpen = (): boolean => socket.readyState === socket.OPEN
  const failed = (error: unknown): void => {
    logger.warn({ err: error, requestId: request.id }, 'a WebSocket failed')
    close(1011, 'Tidemark failed unexpectedly.')
  }
  // A client that breaks the WebSocket protocol: ws closes the connection with a code of its own.
  socket.on('error', (error) => logger.debug({ err: error, requestId: request.id }, 'a WebSocket broke'))
  keepAlive(socket, heartbeatMs)
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) =>
        new Promise((resolve) => {
          // A connection that breaks meanwhile ends its subscriptions with its close.
          if (isOpen()) socket.send(data, () => resolve())
          else resolve()
        }),
      close: (code = 1000, reason = '') => close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (data: Buffer) => {
          if (socket.bufferedAmount > maxUnreadBytes) return socket.terminate()
          return void receive(data.toString('utf8')).catch(failed)
        }),
    },
    {
      isOpen,
      close,
      authenticate: (shown) => authenticate(request, shown),
      admit: (actor) => limits.admitTenant(payerOf(actor)),
      log: (status, ms) => requestLog.write(request, { method: 'SUBSCRIBE', status, ms }),
    },
  )
  socket.once('close', (code, reason) => void closed(code, String(reason)).catch(failed))
}

/** A close frame holds at most 123 bytes of reason. */
function shortened(reason: string): string {
  return Buffer.byteLength(reason) <= 123 ? reason : Buffer.from(reason).subarray(0, 120).toString('latin1')
}

function keepAlive(socket: WebSocket, everyMs: number): void {
  let isAlive = true
  socket.on('pong', () => {
    isAlive = true
  })
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    return socket.ping()
  }, everyMs)
  socket.once('close', () => clearInterval(timer))
}

/** The HTTP server does not know its former connections, but waits for them. */
function endWithServer(app: FastifyInstance, server: WebSocketServer, drainMs: number): void {
  app.addHook('preClose', async () => {
    const cutOff = setTimeout(() => {
      for (const socket of server.clients) socket.terminate()
    }, drainMs)
    app.server.once('close', () => clearTimeout(cutOff))
    for (const socket of server.clients) socket.close(1001, new StoppingError().message)
  })
}
