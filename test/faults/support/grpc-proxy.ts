import { connect, constants, createSecureServer, createServer, type ServerHttp2Stream } from 'node:http2'
import type { OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface GrpcProxy extends AsyncDisposable {
  readonly address: string
  /** The paths that were refused, in order. */
  readonly refused: readonly string[]
}

export interface GrpcProxyOptions {
  /** host:port of the server behind it. */
  readonly upstream: string
  /** Calls that are answered with a status of gRPC. */
  readonly refuse?: { readonly paths: RegExp; readonly status: number }
  /** TLS, with a certificate asked of the client. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly clientCa: string }
}

/** What stands before a Temporal server: it ends TLS, and refuses calls as an authorizer does. */
export async function startGrpcProxy({ upstream, refuse, tls }: GrpcProxyOptions): Promise<GrpcProxy> {
  const behind = connect(`http://${upstream}`)
  const refused: string[] = []
  const server = tls
    ? createSecureServer({
        key: tls.key,
        cert: tls.cert,
        ca: tls.clientCa,
        requestCert: true,
        rejectUnauthorized: true,
      })
    : createServer()
  server.on('stream', (stream, headers) => {
    const path = String(headers[':path'])
    if (refuse?.paths.test(path)) {
      refused.push(path)
      const status = { 'grpc-status': String(refuse.status), 'grpc-message': 'Request unauthorized.' }
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true })
      return
    }
    pass(stream, behind.request(headers))
  })
  server.on('sessionError', () => undefined)
  behind.on('error', () => undefined)
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => sessions.add(session))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy()
      behind.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function pass(stream: ServerHttp2Stream, call: ReturnType<ReturnType<typeof connect>['request']>): void {
  let trailers: OutgoingHttpHeaders = {}
  call.on('response', (headers, flags) => {
    if (stream.destroyed) return
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    stream.respond(headers, { endStream, waitForTrailers: !endStream })
    if (endStream) return
    call.pipe(stream)
  })
  call.on('trailers', (headers) => {
    trailers = { ...headers }
  })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.pipe(call)
  stream.on('error', () => call.close(constants.NGHTTP2_CANCEL))
  stream.on('close', () => call.close(constants.NGHTTP2_CANCEL))
  call.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
}
