import pg from 'pg'
import { eventually } from '../../test/support/eventually.js'
import { runAll, startRun } from '../tenants/runs.js'
import { type PlacedWorker, type SmallPlace, sum, type Used, using } from './place.js'
import { peakOf, resetPeak } from './processes.js'
import { endOfNight } from './rows.js'

/** One midnight of some tenants with one worker, or its first files. */
export interface Night extends Used {
  readonly night: number
  readonly files: number
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
  const { files, seconds, workerCpu, serversCpu, workflowIds } = found
  const peakRss = await peakOf(worker.pid)
  return { night, files, seconds, workerCpu, serversCpu, peakRss, workflowId: workflowIds[0] ?? '' }
}

/** Starts a night as {@link measureNight} does, and leaves it once that many files are on record. */
export async function measureFirstFiles(
  place: SmallPlace,
  worker: PlacedWorker,
  tenantIds: readonly string[],
  { night, nights, files }: { night: number; nights: number; files: number },
): Promise<Night> {
  await resetPeak(worker.pid)
  await using ledger = await openLedger(place)
  const before = await ledger.files()
  const to = endOfNight(night, nights)
  const found = await using(place, worker, async () => {
    const started = performance.now()
    const runs = await Promise.all(tenantIds.map((id) => startRun(place.temporal, worker.taskQueue, id, { to })))
    const delivered = await eventually(
      `${files} files`,
      async () => {
        const now = (await ledger.files()) - before
        return now >= files && now
      },
      3_600_000,
    )
    return { files: delivered, seconds: (performance.now() - started) / 1000, workflowId: runs[0]?.workflowId ?? '' }
  })
  return { night, ...found, peakRss: await peakOf(worker.pid) }
}

async function openLedger({ servers }: SmallPlace): Promise<AsyncDisposable & { files(): Promise<number> }> {
  const url = new URL(servers.ownerUrl)
  url.pathname = new URL(servers.databaseUrl).pathname
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  return {
    files: async () => {
      const { rows } = await client.query<{ files: number }>(
        'SELECT count(*)::int AS files FROM tidemark.delivery WHERE published_at IS NOT NULL',
      )
      return rows[0]?.files ?? 0
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
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
