import { Context } from '@temporalio/activity'

/**
 * Does some work and records how long it held a transaction of the source, in seconds, also if the work fails. The metric is
 * `tidemark_source_transaction_seconds` by entity, at the worker's METRICS_ADDRESS.
 */
export async function recordingTransaction<T>(entity: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  try {
    return await work()
  } finally {
    Context.current()
      .metricMeter.createHistogram('tidemark_source_transaction_seconds', 'float', 's')
      .record((performance.now() - began) / 1000, { entity })
  }
}
