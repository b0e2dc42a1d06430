import type { WorkerUse } from '../../test/support/programs/counted-worker-program.js'
import type { BenchOptions, Section } from '../section.js'
import { fit, type Run } from './fit.js'
import { entities, newName, type Place } from './place.js'
import { runAll } from './runs.js'

interface Crowd extends Run {
  readonly tenants: number
}

/** The pools of a worker, as it has them by default. */
const limits = { sftp: 8, postgres: 10 + 8 }

/** All tenants' runs at one midnight, with one worker. */
export async function crowds(
  place: Place,
  { full, progress }: BenchOptions,
): Promise<Pick<Section, 'tables' | 'targets'>> {
  const sizes = full ? [10, 100, 1000] : [4, 16, 64]
  const largest = full ? 200_000 : 100_000
  const queue = newName()
  const worker = await place.worker(queue)
  // Not counted: connections are made, code is compiled.
  await runAll(place.temporal, queue, await place.tenants('warm', [100]))
  const runs: Crowd[] = []
  const crowd = async (name: string, rows: readonly number[]): Promise<void> => {
    progress(`Tenants: ${rows.length} ${name}`)
    const tenants = await place.tenants(`${name}-${rows.length}`, rows)
    runs.push({ tenants: rows.length, ...(await runAll(place.temporal, queue, tenants)) })
  }
  // Files without rows show the cost of a file alone.
  await crowd('empty', powerLaw(sizes[1] ?? 0, 0))
  for (const size of sizes) await crowd('crowd', powerLaw(size, largest))
  return section(runs, await worker.stop())
}

/** Rows of each tenant: the nth has an nth of the first one's. */
function powerLaw(tenants: number, largest: number): number[] {
  return Array.from({ length: tenants }, (_, n) => Math.round(largest / (n + 1)))
}

function section(runs: readonly Crowd[], use: WorkerUse): Pick<Section, 'tables' | 'targets'> {
  const found = fit(runs)
  const files = runs.reduce((sum, run) => sum + run.files, entities)
  return {
    tables: [
      {
        title: 'One midnight, one worker',
        head: ['tenants', 'files', 'rows', 'seconds', 'files/s'],
        rows: runs.map((run) => [
          ...[run.tenants, run.files, run.rows].map((count) => count.toLocaleString('en-US')),
          run.seconds.toFixed(1),
          (run.files / run.seconds).toFixed(1),
        ]),
      },
      {
        title: 'What it takes: seconds = a + b · files + c · rows, by least squares over the runs above',
        head: ['a, s', 'b, ms for each file', 'c, µs for each row', "the worker's own CPU, ms for each file"],
        rows: [
          [
            found.seconds.toFixed(2),
            (found.secondsPerFile * 1000).toFixed(1),
            (found.secondsPerRow * 1e6).toFixed(1),
            ((use.cpuSeconds * 1000) / files).toFixed(1),
          ],
        ],
      },
      {
        title: 'What the worker held',
        head: ['', 'most at once', 'limit', `opened, for ${files} files`],
        rows: [
          ['SFTP connections', String(use.sftp.most), String(limits.sftp), String(use.sftp.opened)],
          ['Postgres connections', String(use.postgres.most), String(limits.postgres), String(use.postgres.opened)],
          ["the event loop's delay, 99 of 100", `${use.loopDelay.p99.toFixed(0)} ms`, '', ''],
          ['resident memory', `${Math.round(use.peakRss / 2 ** 20)} MB`, '', ''],
        ],
      },
    ],
    targets: [
      { name: 'SFTP connections, of the limit', ratio: use.sftp.most / limits.sftp, atMost: 1 },
      { name: 'Postgres connections, of the limit', ratio: use.postgres.most / limits.postgres, atMost: 1 },
    ],
  }
}
