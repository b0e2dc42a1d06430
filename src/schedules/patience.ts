import { ExportError } from '../domain/errors.js'
import type { ScheduleGateway } from './schedule-gateway.js'

/**
 * The same gateway, which does not ask a Temporal again that has just failed to answer. A caller holds a lock and a
 * database connection while Temporal is asked, for seconds where it is down: with this one caller does, every `pauseMs`,
 * and the others hear TEMPORAL_UNAVAILABLE at once.
 */
export function withoutWaitingInVain(gateway: ScheduleGateway, pauseMs = 3000): ScheduleGateway {
  let failure: ExportError | undefined
  let askAgainAt = 0

  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    if (failure) {
      if (Date.now() < askAgainAt) throw failure
      // This caller finds out for all.
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
    apply: (spec) => ask(() => gateway.apply(spec)),
    remove: (tenantId) => ask(() => gateway.remove(tenantId)),
    matches: (spec) => ask(() => gateway.matches(spec)),
    orphans: (known) => ask(() => gateway.orphans(known)),
  }
}
