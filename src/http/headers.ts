import type { FastifyInstance } from 'fastify'

/**
 * What every answer tells a browser: nothing of what is answered here is a page to be shown, framed or kept. HSTS is for
 * whoever ends TLS.
 */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const

/** Apollo's Sandbox, the only page, brings a policy of its own in its markup. */
export function sendSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders)
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    const isPage = String(reply.getHeader('content-type')).startsWith('text/html')
    if (isPage) reply.removeHeader('content-security-policy')
    return payload
  })
}
