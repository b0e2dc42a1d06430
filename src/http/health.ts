import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyPluginAsync } from 'fastify'
import type { Logger } from '../telemetry/logger.js'

/** The state of each service that Tidemark needs, by name: `ok`, or why it is unavailable. The cause is only logged. */
export type Readiness = () => Promise<Readonly<Record<string, string>>>

const timeoutMs = 5_000

export function isHealthCheck(url: string): boolean {
  return url === '/healthz' || url === '/readyz'
}

/** `/healthz`: the process responds. `/readyz`: the services that it needs are available. */
export function healthRoutes(readiness: Readiness, logger: Logger): FastifyPluginAsync {
  let underWay: ReturnType<typeof checked> | undefined
  /** Requests at the same time share one check. */
  const checkedOnce = () =>
    (underWay ??= checked(readiness).finally(() => {
      underWay = undefined
    }))
  return async (app) => {
    app.get('/healthz', async () => ({ status: 'ok' }))
    app.get('/readyz', async (_request, reply) => {
      const parts = await checkedOnce()
      const failing = Object.entries(parts).filter(([, state]) => state !== 'ok')
      if (failing.length === 0) return { status: 'ok', checks: parts }
      logger.warn({ failing: Object.fromEntries(failing) }, 'not ready')
      const checks = Object.fromEntries(
        Object.entries(parts).map(([name, state]) => [name, state === 'ok' ? 'ok' : 'unavailable']),
      )
      return reply.code(503).send({ status: 'unavailable', checks })
    })
  }
}

async function checked(readiness: Readiness): Promise<Readonly<Record<string, string>>> {
  const giveUp = new AbortController()
  try {
    return await Promise.race([
      readiness(),
      delay(timeoutMs, { readiness: `no answer within ${timeoutMs} ms` }, { signal: giveUp.signal }),
    ])
  } catch (error) {
    return { readiness: error instanceof Error ? error.message : String(error) }
  } finally {
    giveUp.abort()
  }
}
