import type { FastifyInstance, FastifyRequest } from 'fastify'
import { scopes } from '../domain/actor.js'
import { malformedRequest } from './errors.js'
import { sendProblem } from '../rest/problem.js'
import type { RequestOrigin } from './request-origin.js'

export interface ProtectedResource {
  /** The issuer whose tokens are taken. */
  readonly issuer: string
  /** What the issuer has before each of this service's scopes. */
  readonly scopePrefix: string
  /** Where clients reach this service; as the request has it where it is not given. */
  readonly publicUrl: string | undefined
  readonly originOf: (request: FastifyRequest) => RequestOrigin
}

const path = '/.well-known/oauth-protected-resource'

/** RFC 9728: tells a client which issuer to ask for a token, and names the place in each challenge. */
export function describeResource(
  app: FastifyInstance,
  { issuer, scopePrefix, publicUrl, originOf }: ProtectedResource,
): void {
  const baseOf = (request: FastifyRequest): string | undefined =>
    publicUrl?.replace(/\/$/, '') ?? requestedBase(request.headers.host ?? '', originOf(request))

  app.get(path, async (request, reply) => {
    const resource = baseOf(request)
    if (resource === undefined) return sendProblem(reply, malformedRequest('The Host header is not a host.'))
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

/** Undefined where the request names no host, or one that would break out of the quotes of a challenge. */
function requestedBase(host: string, { protocol }: RequestOrigin): string | undefined {
  return /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host) ? `${protocol}://${host}` : undefined
}
