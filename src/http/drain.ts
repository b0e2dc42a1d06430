import type { FastifyInstance } from 'fastify'

/** Limits how long `close()` waits: it closes connections that are still busy after `drainMs`. */
export function boundDrain(app: FastifyInstance, drainMs: number): void {
  let cutOff: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    cutOff = setTimeout(() => app.server.closeAllConnections(), drainMs)
    app.server.once('close', () => clearTimeout(cutOff))
  })
}
