import type { Config } from '../config/config.js'
import { startSmallServer } from '../http/small-server.js'
import { operationsNumbers, overviewOf } from '../services/overview.js'
import { createTenants } from '../services/tenants.js'
import type { Logger } from '../telemetry/logger.js'
import { type Metrics, noMetrics } from '../telemetry/metrics.js'
import { watchOperations } from '../telemetry/operations-metrics.js'
import type { Shared } from './shared.js'

type Serving = Omit<Metrics, typeof Symbol.asyncDispose> & { readonly server: AsyncDisposable }

/** By address. In the local stack the API and the worker are one process, and have one endpoint. */
const opened = new Map<string, { readonly serving: Promise<Serving>; users: number }>()

/**
 * Counts and measures, and answers `GET /metrics` at `host:port`. Without an address it does nothing, and loads no library. A
 * process has one endpoint for each address, however often it is opened.
 */
export async function openMetrics(address: string | undefined, logger: Logger): Promise<Metrics> {
  if (address === undefined) return noMetrics
  const entry = opened.get(address) ?? { serving: serve(address, logger), users: 0 }
  opened.set(address, entry)
  entry.users += 1
  try {
    const { server, ...metrics } = await entry.serving
    const close = async (): Promise<void> => {
      entry.users -= 1
      if (entry.users > 0) return
      opened.delete(address)
      await server[Symbol.asyncDispose]()
    }
    return { ...metrics, [Symbol.asyncDispose]: close }
  } catch (error) {
    opened.delete(address)
    throw error
  }
}

async function serve(address: string, logger: Logger): Promise<Serving> {
  const { createPrometheusMetrics } = await import('../telemetry/prometheus.js')
  const metrics = createPrometheusMetrics(logger)
  const { contentType } = metrics
  const answer = async () => ({ code: 200, body: await metrics.text(), contentType })
  return { ...metrics, server: await startSmallServer(address, { '/metrics': answer }, logger) }
}

/** The numbers of all tenants, from Tidemark's database. */
export function composeOperationsMetrics({ lateness }: Config, shared: Shared): void {
  const { catalog, stores, incidentParts, metrics } = shared
  const tenants = createTenants({ catalog, ...stores, lateness })
  const parts = { ...stores, tenants, incidents: incidentParts.store }
  watchOperations(metrics, async () => operationsNumbers(await overviewOf(parts)))
}
