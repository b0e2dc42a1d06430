import { runAll } from '../tenants/runs.js'
import { type PlacedWorker, type SmallPlace, sum, type Used, using } from './place.js'
import { peakOf, resetPeak } from './processes.js'
import { endOfNight } from './rows.js'

/** One midnight of some tenants with one worker. */
export interface Night extends Used {
  readonly night: number
  readonly tenants: number
  readonly files: number
  readonly rows: number
  readonly seconds: number
  /** Of the worker in this night, in bytes. */
  readonly peakRss: number
  /** Of one of the runs. */
  readonly workflowId: string
}

export async function measureNight(
  place: SmallPlace,
  worker: PlacedWorker,
  tenantIds: readonly string[],
  { night, nights }: { night: number; nights: number },
): Promise<Night> {
  await resetPeak(worker.pid)
  const to = endOfNight(night, nights)
  const found = await using(place, worker, () => runAll(place.temporal, worker.taskQueue, tenantIds, { to }))
  const { files, rows, seconds, workerCpu, serversCpu, workflowIds } = found
  const peakRss = await peakOf(worker.pid)
  const workflowId = workflowIds[0] ?? ''
  return { night, tenants: tenantIds.length, files, rows, seconds, workerCpu, serversCpu, peakRss, workflowId }
}

export const filesPerSecond = ({ files, seconds }: Pick<Night, 'files' | 'seconds'>): number => files / seconds

/** Of the worker and of all servers, for one file. */
export function cpuMsPerFile({
  files,
  workerCpu,
  serversCpu,
}: Pick<Night, 'files' | 'workerCpu' | 'serversCpu'>): number {
  return (1000 * (workerCpu + sum(serversCpu))) / files
}
