import type { FastifyInstance, FastifyReply } from 'fastify'

const policies = new WeakMap<FastifyReply, string>()

/** Sends a page of the console with its content security policy. */
export function sendPage(reply: FastifyReply, page: string | Buffer, policy: string): FastifyReply {
  policies.set(reply, policy)
  return reply.type('text/html; charset=utf-8').send(page)
}

const permissions = ['camera', 'geolocation', 'microphone', 'payment', 'usb', 'browsing-topics']
  .map((feature) => `${feature}=()`)
  .join(', ')

/** The headers of every response under /console, whatever the hooks for other pages have set. No other origin may read one. */
export function sendConsoleHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.removeHeader('access-control-allow-origin')
    const policy = policies.get(reply)
    if (policy !== undefined) {
      reply.headers({
        'content-security-policy': policy,
        'cross-origin-opener-policy': 'same-origin',
        'permissions-policy': permissions,
      })
    }
    return payload
  })
}
