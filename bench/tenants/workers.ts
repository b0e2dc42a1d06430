import type { Client } from '@temporalio/client'
import type { BenchOptions, Section } from '../section.js'
import { newName, type Place, type Worker } from './place.js'
import { runAll } from './runs.js'

const slots = 2
const lineDelayMs = 25

interface Found {
  readonly seconds: number
  /** From when a task is there to when a worker takes it, in the mean. */
  readonly waitSeconds: number
  /** Tasks by worker. */
  readonly shares: readonly number[]
}

/** The same runs with one worker and with two. */
export async function workers(
  place: Place,
  { full, progress }: BenchOptions,
): Promise<Pick<Section, 'tables' | 'targets'>> {
  const tenants = full ? 8 : 2
  const withWorkers = async (count: number): Promise<Found> => {
    progress(`Workers: ${count}`)
    const queue = newName()
    const options = { environment: { WORKER_CONCURRENCY: String(slots) }, line: { delayMs: lineDelayMs } }
    const all = await Promise.all(Array.from({ length: count }, () => place.worker(queue, options)))
    await runAll(place.temporal, queue, await place.tenants(`warm-${count}-workers`, Array(count).fill(0)))
    const ids = await place.tenants(`${count}-workers`, Array(tenants).fill(0))
    const { seconds, workflowIds } = await runAll(place.temporal, queue, ids)
    const found = { seconds, ...(await tasksOf(place.temporal, workflowIds, all)) }
    await Promise.all(all.map((worker) => worker.stop()))
    return found
  }
  const [one, two] = [await withWorkers(1), await withWorkers(2)]
  const row = (count: string, { seconds, waitSeconds, shares }: Found) => [
    count,
    seconds.toFixed(1),
    waitSeconds.toFixed(2),
    shares.join(' and '),
  ]
  return {
    tables: [
      {
        title:
          `${tenants} tenants at once, ${slots} tasks at a time in each worker, ${2 * lineDelayMs} ms to the SFTP ` +
          'server and back: so slots are scarce, and not the cores of this machine',
        head: ['workers', 'seconds', 'a task waits, s', 'tasks of each worker'],
        rows: [row('1', one), row('2', two)],
      },
    ],
    targets: [
      { name: 'two workers against one, files/s', ratio: one.seconds / two.seconds, atLeast: 1.7 },
      {
        name: "a task's wait with two workers, of that with one",
        ratio: two.waitSeconds / one.waitSeconds,
        atMost: 0.65,
      },
    ],
  }
}

/** The worker that took each export, and when, according to the histories. */
async function tasksOf(
  temporal: Client,
  workflowIds: readonly string[],
  all: readonly Worker[],
): Promise<Pick<Found, 'waitSeconds' | 'shares'>> {
  const tasks: { waitSeconds: number; identity: string }[] = []
  for (const workflowId of workflowIds) {
    const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory()
    for (const { activityTaskStartedEventAttributes: started, eventTime } of events ?? []) {
      if (!started) continue
      const scheduled = events?.find(({ eventId }) => String(eventId) === String(started.scheduledEventId))
      const waitSeconds = inSeconds(eventTime) - inSeconds(scheduled?.eventTime)
      tasks.push({ waitSeconds, identity: started.identity ?? '' })
    }
  }
  return {
    waitSeconds: tasks.reduce((sum, task) => sum + task.waitSeconds, 0) / tasks.length,
    shares: all.map((worker) => tasks.filter(({ identity }) => identity.startsWith(worker.identity)).length),
  }
}

function inSeconds(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? NaN) + (time?.nanos ?? 0) / 1e9
}
