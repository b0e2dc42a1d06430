import { setTimeout as delay } from 'node:timers/promises'
import type { Events } from '../telemetry/events.js'
import type { ScheduleSync } from './schedule-sync.js'

/** Comparing all schedules finds what went wrong outside of Tidemark, so it is done rarely. */
const roundsBetweenComparisons = 60
const roundsBetweenRunChecks = 6

export interface ReconcilerDependencies {
  readonly schedules: Pick<ScheduleSync, 'reconcile'>
  /** Ends recorded runs whose workflow is gone. */
  readonly endLostRuns: (signal: AbortSignal) => Promise<void>
  /** Makes what all schedules need in Temporal, as it was at first. @throws ExportError INSTALLATION_MISMATCH */
  readonly prepare: () => Promise<void>
  /** Whether Temporal answers. While no schedule is pending, nothing else asks it for minutes. @throws ExportError TEMPORAL_UNAVAILABLE */
  readonly ping: () => Promise<void>
  readonly events: Events
}

/**
 * Makes Temporal match the database every `everySeconds`, until the signal aborts: after an outage, or after a person has
 * changed something by hand. Several processes may do so at once.
 */
export async function keepReconciling(
  { schedules, endLostRuns, prepare, ping, events }: ReconcilerDependencies,
  signal: AbortSignal,
  everySeconds: number,
): Promise<void> {
  let failed = 0
  let hasSucceeded = false
  for (let round = 0; !signal.aborted; round++) {
    const isDue = (rounds: number): boolean => failed > 0 || round % rounds === 0
    try {
      await ping()
      const all = isDue(roundsBetweenComparisons)
      if (all) await prepare()
      await schedules.reconcile({ all, signal })
      if (isDue(roundsBetweenRunChecks)) await endLostRuns(signal)
      if (failed > 0 || !hasSucceeded) events.reconciledAgain()
      failed = 0
      hasSucceeded = true
    } catch (error) {
      events.reconcileFailed(error, ++failed)
    }
    await delay(everySeconds * 1000, undefined, { signal }).catch(() => undefined)
  }
}
