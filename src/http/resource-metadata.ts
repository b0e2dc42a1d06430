import type { FastifyInstance, FastifyRequest } from 'fastify'
import { scopes } from '../domain/actor.js'
import { malformedRequest } from './errors.js'
import { sendProblem } from '../rest/problem.js'
import type { RequestOrigin } from './request-origin.js'

export interface ProtectedResource {
  /** The issuer whose tokens are accepted. */
  readonly issuer: string
  /** The prefix that the issuer gives to each scope of this service. */
  readonly scopePrefix: string
  /** The URL under which clients reach this service. By default, the URL of the request. */
  readonly publicUrl: string | undefined
  readonly originOf: (request: FastifyRequest) => RequestOrigin
}

const path = '/.well-known/oauth-protected-resource'

/** Serves the metadata of RFC 9728, which names the issuer, and adds their URL to each challenge. */
export function describeResource(
  app: FastifyInstance,
  { issuer, scopePrefix, publicUrl, originOf }: ProtectedResource,
): void {
  const baseOf = (request: FastifyRequest): string | undefined =>
    publicUrl?.replace(/\/$/, '') ?? requestedBase(request.headers.host ?? '', originOf(request))

  app.get(path, async (request, reply) => {
    const resource = baseOf(request)
    if (resource === undefined)
      return sendProblem(
        reply,
        malformedRequest('The Host header does not name a host. Send the host name and port of this service.'),
      )
    return {
      resource,
      authorization_servers: [issuer],
      scopes_supported: scopes.map((scope) => scopePrefix + scope),
      bearer_methods_supported: ['header'],
      resource_name: 'Tidemark',
    }
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const challenge = reply.getHeader('www-authenticate')
    const base = baseOf(request)
    if (typeof challenge === 'string' && base !== undefined) {
      const [scheme = '', ...parameters] = challenge.replace(' scope="', () => ` scope="${scopePrefix}`).split(', ')
      reply.header('www-authenticate', [scheme, `resource_metadata="${base}${path}"`, ...parameters].join(', '))
    }
    return payload
  })
}

/** Undefined if the request names no host, or one with characters that end the quotes of a challenge. */
function requestedBase(host: string, { protocol }: RequestOrigin): string | undefined {
  return /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host) ? `${protocol}://${host}` : undefined
}
