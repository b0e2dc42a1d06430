import { DefaultLogger, Runtime } from '@temporalio/worker'
import type { Logger } from './logger.js'

let installed = false

/**
 * Sets up what Temporal's SDK has once for a process: its logs go to our logger, its metrics and ours are there for
 * Prometheus at `metricsAddress` (`host:port`), and signals stay ours to handle. Only the first call counts.
 */
export function installTemporalRuntime(logger: Logger, metricsAddress?: string): void {
  if (installed) return
  installed = true
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const fields = { ...meta, source: 'temporal' }
      if (level === 'ERROR') logger.error(fields, message)
      else if (level === 'WARN') logger.warn(fields, message)
      else logger.debug(fields, message)
    }),
    shutdownSignals: [],
    ...(metricsAddress !== undefined && {
      telemetryOptions: { metrics: { prometheus: { bindAddress: metricsAddress } } },
    }),
  })
}
