import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'

/** What is left of a connection when its request asks for the WebSocket protocol. */
export interface Upgrade {
  readonly socket: Duplex
  /** The bytes after the request that have arrived already. */
  readonly head: Buffer
}

/**
 * Passes requests for a WebSocket through Fastify, with all its hooks. A handler finds the connection by its request. All other
 * requests with an `Upgrade` header are answered as if they had none, as HTTP permits.
 */
export function acceptUpgrades(app: FastifyInstance): (request: IncomingMessage) => Upgrade | undefined {
  const upgrades = new WeakMap<IncomingMessage, Upgrade>()
  app.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!isWebSocket(request)) return replay(app, request, socket, head)
    upgrades.set(request, { socket, head })
    const response = new ServerResponse(request)
    response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
    response.once('finish', () => socket.end())
    app.routing(request, response)
  })
  return (request) => upgrades.get(request)
}

function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * Node gives up the connection of a request that asks for any upgrade, such as h2c, with its body unread. This gives the
 * connection back, with the same request without the header.
 */
function replay(app: FastifyInstance, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(at, at + 2)
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  app.server.emit('connection', socket)
}
