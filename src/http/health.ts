import type { FastifyPluginAsync } from 'fastify'
import type { Logger } from '../telemetry/logger.js'
import { createReadiness, type HealthChecks, type ServiceStates } from './readiness.js'

export function isHealthCheck(url: string): boolean {
  return url === '/healthz' || url === '/readyz'
}

/** The answer to `/readyz`. It names the services, and no causes. */
export function readinessAnswer(checks: ServiceStates): { readonly code: number; readonly body: object } {
  const isReady = Object.values(checks).every((state) => state === 'ok')
  return { code: isReady ? 200 : 503, body: { status: isReady ? 'ok' : 'unavailable', checks } }
}

/** `/healthz`: the process responds. `/readyz`: the services that it needs are available. */
export function healthRoutes(checks: HealthChecks, logger: Logger): FastifyPluginAsync {
  const readiness = createReadiness(checks, logger)
  return async (app) => {
    app.get('/healthz', async () => ({ status: 'ok' }))
    app.get('/readyz', async (_request, reply) => {
      const { code, body } = readinessAnswer(await readiness())
      return reply.code(code).send(body)
    })
  }
}
