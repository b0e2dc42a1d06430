import { setTimeout as delay } from 'node:timers/promises'
import type { Events } from '../telemetry/events.js'
import type { ScheduleSync } from './schedule-sync.js'

/** Looking through all schedules is for what went wrong outside of Tidemark, so it is done seldom. */
const roundsBetweenFullLooks = 60
const roundsBetweenRunLooks = 6

export interface ReconcilerDependencies {
  readonly schedules: Pick<ScheduleSync, 'reconcile'>
  /** Ends the runs on record whose workflow is gone. */
  readonly endLostRuns: (signal: AbortSignal) => Promise<void>
  readonly events: Events
}

/**
 * Brings Temporal and the records together again and again until the signal says stop: after an outage, or where
 * somebody did something by hand. Several processes may do so at once.
 */
export async function keepReconciling(
  { schedules, endLostRuns, events }: ReconcilerDependencies,
  signal: AbortSignal,
  everySeconds: number,
): Promise<void> {
  let failed = 0
  for (let round = 0; !signal.aborted; round++) {
    const isDue = (rounds: number): boolean => failed > 0 || round % rounds === 0
    try {
      await schedules.reconcile({ all: isDue(roundsBetweenFullLooks), signal })
      if (isDue(roundsBetweenRunLooks)) await endLostRuns(signal)
      if (failed > 0) events.reconciledAgain()
      failed = 0
    } catch (error) {
      events.reconcileFailed(error, ++failed)
    }
    await delay(everySeconds * 1000, undefined, { signal }).catch(() => undefined)
  }
}
