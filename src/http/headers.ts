import type { FastifyInstance } from 'fastify'

const always = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** Nothing of what is answered here is a page, with one exception. */
const notAPage = "default-src 'none'; frame-ancestors 'none'"

/**
 * What every answer tells a browser. Apollo's Sandbox, the only page, brings a policy of its own in its markup. HSTS is for
 * whoever ends TLS.
 */
export function sendSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(always)
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    const isPage = String(reply.getHeader('content-type')).startsWith('text/html')
    if (!isPage) reply.header('content-security-policy', notAPage)
    return payload
  })
}
