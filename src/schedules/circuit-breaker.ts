import { ExportError } from '../domain/errors.js'
import type { ScheduleGateway } from './schedule-gateway.js'

/**
 * The gateway behind a circuit breaker. After Temporal has failed to answer, calls fail at once with TEMPORAL_UNAVAILABLE.
 * Every `pauseMs`, one call asks Temporal again. Without the breaker, each caller would hold a lock and a database connection
 * for seconds while Temporal is down.
 */
export function withCircuitBreaker(gateway: ScheduleGateway, pauseMs = 3000): ScheduleGateway {
  let failure: ExportError | undefined
  let askAgainAt = 0

  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    if (failure) {
      if (Date.now() < askAgainAt) throw failure
      // This call finds out for all others whether Temporal answers again.
      askAgainAt = Date.now() + pauseMs
    }
    try {
      const answer = await question()
      failure = undefined
      return answer
    } catch (error) {
      if (error instanceof ExportError && error.code === 'TEMPORAL_UNAVAILABLE') {
        failure = error
        askAgainAt = Date.now() + pauseMs
      }
      throw error
    }
  }
  return {
    apply: (spec, options) => ask(() => gateway.apply(spec, options)),
    remove: (tenantId) => ask(() => gateway.remove(tenantId)),
    compare: (spec) => ask(() => gateway.compare(spec)),
    orphans: (known) => ask(() => gateway.orphans(known)),
  }
}
