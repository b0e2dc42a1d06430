import type { FastifyInstance } from 'fastify'

/** Bounds what `close()` waits for: whatever is still under way after `drainMs` is cut off. */
export function boundDrain(app: FastifyInstance, drainMs: number): void {
  let cutOff: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    cutOff = setTimeout(() => app.server.closeAllConnections(), drainMs)
    app.server.once('close', () => clearTimeout(cutOff))
  })
}
