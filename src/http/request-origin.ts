import type { FastifyRequest } from 'fastify'
import { canonicalAddress, memberOf } from './addresses.js'

/** The origin of a request, from its connection and from trusted proxies. */
export interface RequestOrigin {
  /** An IP address in its canonical form. */
  readonly address: string
  readonly protocol: 'http' | 'https'
}

/**
 * Finds the origin of a request. It reads `X-Forwarded-For` from its end for as long as each address is a trusted proxy.
 * A value that is not an IP address ends the search: then the last known address is the origin.
 */
export function readOrigins(trustedProxies: readonly string[]): (request: FastifyRequest) => RequestOrigin {
  const isTrusted = memberOf(trustedProxies)
  const known = new WeakMap<FastifyRequest, RequestOrigin>()
  return (request) => {
    const origin = known.get(request) ?? readOrigin(request, isTrusted)
    known.set(request, origin)
    return origin
  }
}

function readOrigin({ socket, headers }: FastifyRequest, isTrusted: (address: string) => boolean): RequestOrigin {
  // A connection that has closed in the meantime has no address.
  const peer = canonicalAddress(socket.remoteAddress ?? '') ?? '0.0.0.0'
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',')
  let address = peer
  while (isTrusted(address)) {
    const next = canonicalAddress(forwarded.pop() ?? '')
    if (next === undefined) break
    address = next
  }
  const isSecure = isTrusted(peer) && headers['x-forwarded-proto'] === 'https'
  return { address, protocol: isSecure ? 'https' : 'http' }
}
