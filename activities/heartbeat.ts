import { Context } from '@temporalio/activity'

/** Every two seconds: how often the Temporal UI and the database learn about progress. */
const everyMs = 2000

/** What the heartbeats of an activity show, and who else hears of it. */
export interface Pulse<Details> {
  /** Is called for each heartbeat. The Temporal UI shows what it returns. */
  readonly details: () => Details
  /** Is called after each heartbeat except the first, which comes at once. */
  readonly onBeat: (details: Details) => void
}

/**
 * Sends heartbeats to Temporal at a constant rate while the work runs. Only through heartbeats does an activity learn that it
 * is cancelled, or that another worker has taken it over.
 */
export async function heartbeating<T, Details>(work: () => Promise<T>, pulse?: Pulse<Details>): Promise<T> {
  const context = Context.current()
  const beat = (): void => {
    const details = pulse?.details()
    context.heartbeat(details)
    if (details !== undefined) pulse?.onBeat(details)
  }
  const timer = setInterval(beat, everyMs)
  try {
    context.heartbeat(pulse?.details())
    return await work()
  } finally {
    clearInterval(timer)
  }
}
