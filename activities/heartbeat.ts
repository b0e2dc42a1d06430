import { Context } from '@temporalio/activity'
import type { RunStep } from '../src/domain/run-step.js'

/** What the Temporal UI shows of a running activity. */
export interface HeartbeatDetails {
  readonly entity: string
  /** The step that the attempt is at. */
  readonly step?: RunStep
  readonly rows?: number
  readonly bytes?: number
}

/** Adds to what the next heartbeat shows. */
export type ShowProgress = (details: HeartbeatDetails) => void

const everyMs = 2000

/**
 * Sends heartbeats to Temporal at a constant rate while the work runs. Only through heartbeats does an activity learn that it
 * is cancelled, or that another worker has taken it over.
 */
export async function heartbeating<T>(work: (progress: ShowProgress) => Promise<T>): Promise<T> {
  const context = Context.current()
  let latest: HeartbeatDetails | undefined
  const timer = setInterval(() => context.heartbeat(latest), everyMs)
  try {
    context.heartbeat()
    return await work((details) => {
      latest = { ...latest, ...details }
    })
  } finally {
    clearInterval(timer)
  }
}
