import type { WatchPace } from '../../../../src/compose/watch.js'

/** ALERT_DELAY_SECONDS of these tests: longer than one call to Temporal waits on a busy machine, which would be a second cause. */
export const alertDelaySeconds = 5

/** The watch loop of these tests. A deployment's takes up to 30 s for a step, and 35 s until a process counts as dead. */
export const pace: WatchPace = { everySeconds: 0.5, leaseSeconds: 10, silentMs: 12_000, confirmMs: 2_000 }

/** One round finds the problem, one announces it, and one posts it. */
const rounds = 3

/** Other tests run at the same time on a small machine. */
const busyMachineSeconds = 60

/** The limit of an alert. @param noticedSeconds how long Tidemark takes to notice this failure, by its settings */
export function boundSeconds(noticedSeconds: number): number {
  return noticedSeconds + alertDelaySeconds + rounds * pace.everySeconds + busyMachineSeconds
}
