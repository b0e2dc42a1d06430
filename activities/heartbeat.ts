import { Context } from '@temporalio/activity'

export interface ProgressDetails {
  readonly entity: string
  readonly rows: number
  readonly bytes: number
}

export type Progress = (details: ProgressDetails) => void

const everyMs = 2000

/**
 * Tells Temporal at an even pace that the work goes on, with how far it is. Cancellation reaches an activity only
 * through these, and so does the news that it was given to another worker.
 */
export async function heartbeating<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  const context = Context.current()
  let latest: ProgressDetails | undefined
  const timer = setInterval(() => context.heartbeat(latest), everyMs)
  try {
    context.heartbeat()
    return await work((details) => {
      latest = details
    })
  } finally {
    clearInterval(timer)
  }
}
