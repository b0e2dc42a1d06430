import { runAll } from '../tenants/runs.js'
import { startCountingProxy } from './answers.js'
import { lineTo, type SmallPlace } from './place.js'

export interface Waits {
  /** Answers of Tidemark's database for each file, with those for planning and ending the runs. */
  readonly answersPerFile: number
  /** Round trips to the SFTP server that export activities wait for, shared between their files. */
  readonly roundTripsPerFile: number
  /** The same of one activity: no file waits for more. */
  readonly roundTripsPerActivity: number
  /** Round trips that a whole run waits for, with its manifest. */
  readonly roundTripsPerRun: number
}

const tenants = 8
const roundTripMs = 50

export async function measureWaits(place: SmallPlace): Promise<Waits> {
  return { answersPerFile: await countAnswers(place), ...(await countRoundTrips(place)) }
}

async function countAnswers(place: SmallPlace): Promise<number> {
  await using proxy = await startCountingProxy(Number(new URL(place.servers.databaseUrl).port))
  const worker = await place.worker({ database: proxy })
  // Connections are made, and asked who they are.
  await runAll(place.temporal, worker.taskQueue, await place.tenants('answers-warm', 1, 1))
  const ids = await place.tenants('answers', tenants, 1)
  const before = proxy.answers()
  const { files } = await runAll(place.temporal, worker.taskQueue, ids)
  const answers = proxy.answers() - before
  await worker.stop()
  return answers / files
}

/** The same run over a line without delay and with it: the difference is what waits for the line. */
async function countRoundTrips(place: SmallPlace): Promise<Omit<Waits, 'answersPerFile'>> {
  await using line = await lineTo(place.sftp)
  const worker = await place.worker({ sftp: line })
  await oneRun(place, worker.taskQueue, 'line-warm')
  const near = await oneRun(place, worker.taskQueue, 'near')
  line.delay(roundTripMs / 2)
  const far = await oneRun(place, worker.taskQueue, 'far')
  await worker.stop()
  const roundTrips = (1000 * (far.exports.seconds - near.exports.seconds)) / roundTripMs
  return {
    roundTripsPerFile: roundTrips / far.files,
    roundTripsPerActivity: roundTrips / far.exports.activities,
    roundTripsPerRun: (1000 * (far.seconds - near.seconds)) / roundTripMs,
  }
}

interface Waited {
  readonly files: number
  readonly seconds: number
  readonly exports: Exports
}

/** The activities that export, and their time, added up. */
interface Exports {
  readonly activities: number
  readonly seconds: number
}

async function oneRun(place: SmallPlace, taskQueue: string, tag: string): Promise<Waited> {
  const { files, seconds, workflowIds } = await runAll(place.temporal, taskQueue, await place.tenants(tag, 1, 1))
  const { events } = await place.temporal.workflow.getHandle(workflowIds[0] ?? '').fetchHistory()
  return { files, seconds, exports: exportsIn(events ?? []) }
}

interface HistoryEvent {
  readonly eventId?: unknown
  readonly eventTime?: Time | null
  readonly activityTaskScheduledEventAttributes?: { activityType?: { name?: string | null } | null } | null
  readonly activityTaskStartedEventAttributes?: { scheduledEventId?: unknown } | null
  readonly activityTaskCompletedEventAttributes?: { startedEventId?: unknown } | null
}

interface Time {
  readonly seconds?: unknown
  readonly nanos?: number | null
}

/** Finds the activities whose name begins with `export`. The time of each is from its start to its end. */
export function exportsIn(events: readonly HistoryEvent[]): Exports {
  const byId = new Map(events.map((event) => [String(event.eventId), event]))
  const times = events.flatMap((event) => {
    const started = byId.get(String(event.activityTaskCompletedEventAttributes?.startedEventId))
    const scheduled = byId.get(String(started?.activityTaskStartedEventAttributes?.scheduledEventId))
    const name = scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? ''
    return name.startsWith('export') ? [inSeconds(event.eventTime) - inSeconds(started?.eventTime)] : []
  })
  return { activities: times.length, seconds: times.reduce((sum, seconds) => sum + seconds, 0) }
}

function inSeconds(time: Time | null | undefined): number {
  return Number(time?.seconds ?? NaN) + (time?.nanos ?? 0) / 1e9
}
