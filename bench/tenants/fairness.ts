import { recipes } from '../../dev/sample-data/recipes.js'
import { eventually } from '../../test/support/eventually.js'
import type { BenchOptions, Section } from '../section.js'
import { entities, newName, type Place, type WorkerOptions } from './place.js'
import { startRun } from './runs.js'

interface Beside {
  /** Of the small tenant's run. */
  readonly seconds: number
  /** Whether the huge tenant's run went on for longer. */
  readonly outlived: boolean
}

interface Tenants {
  readonly huge: string
  /** Each is for one run. */
  readonly small: string[]
}

/** As to a customer's server somewhere else: so what each file waits for is the line, and not the cores of this machine. */
const line = { delayMs: 10, bytesPerSecond: 4_000_000 }

/** A small tenant's run alone, and beside a huge tenant's run, with fairness keys and without. */
export async function fairness(place: Place, options: BenchOptions): Promise<Pick<Section, 'tables' | 'targets'>> {
  const rows = { small: 200, huge: 1_000_000 }
  const small = await place.tenants('small', Array(15).fill(rows.small))
  const [huge = ''] = await place.tenants('huge', [rows.huge])
  const tenants = { small, huge }
  const usual = await oneWorker(place, options, tenants, { line })
  // All tasks of a run at once: the huge tenant's alone fill the queue by the time the small one's come.
  const environment = { EXPORT_ENTITY_CONCURRENCY: String(entities) }
  const flooded = await oneWorker(place, options, tenants, { line, environment })
  const near = await oneWorker(place, options, tenants, {})
  const of = `A small tenant (${rows.small} rows) and a huge one (${rows.huge.toLocaleString('en-US')}), ${entities} entities each, one worker of 8 tasks at a time`
  const far = `${2 * line.delayMs} ms to the SFTP server and back, and ${line.bytesPerSecond / 1e6} MB/s for each connection`
  return {
    tables: [
      table(`${of}; ${far}`, usual),
      table(`The same, ${entities} tasks of each run at a time, so that the huge one's fill the queue`, flooded),
      table('As the first, without the line: all that run share the cores with Postgres, Temporal and sshd', near),
    ],
    targets: [
      {
        name: 'small tenant beside a huge one, of its time alone',
        ratio: usual.keyed.seconds / usual.alone,
        atMost: 2,
      },
    ],
  }
}

function table(title: string, { alone, keyed, unkeyed }: Found): NonNullable<Section['tables']>[number] {
  const row = (what: string, { seconds, outlived }: Beside) => [
    what,
    seconds.toFixed(2),
    (seconds / alone).toFixed(2),
    outlived ? 'yes' : 'no',
  ]
  return {
    title,
    head: ['small tenant', 'seconds', 'of its time alone', 'the huge one went on longer'],
    rows: [
      ['alone', alone.toFixed(2), '1.00', ''],
      row('beside the huge one', keyed),
      row('beside it, both under one fairness key', unkeyed),
    ],
  }
}

interface Found {
  readonly alone: number
  readonly keyed: Beside
  readonly unkeyed: Beside
}

async function oneWorker(
  place: Place,
  { progress }: BenchOptions,
  { small, huge }: Tenants,
  worker: WorkerOptions,
): Promise<Found> {
  const queue = newName()
  const running = await place.worker(queue, worker)
  progress('Fairness: the small tenant alone')
  await timed(place, queue, huge, { again: ['user'] })
  const times: number[] = []
  for (let n = 0; n < 3; n++) times.push(await timed(place, queue, small.pop() ?? ''))
  const alone = times.toSorted((a, b) => a - b)[1] ?? NaN
  progress('Fairness: beside a huge one')
  const keyed = await beside(place, queue, { small, huge })
  progress('Fairness: beside a huge one, without keys of their own')
  const unkeyed = await beside(place, queue, { small, huge }, 'all')
  await running.stop()
  return { alone, keyed, unkeyed }
}

async function timed(place: Place, queue: string, ...run: RunOf): Promise<number> {
  const started = performance.now()
  await (await startRun(place.temporal, queue, ...run)).ended()
  return (performance.now() - started) / 1000
}

type RunOf = Parameters<typeof startRun> extends [unknown, unknown, ...infer Rest] ? Rest : never

/** Starts the small tenant's run once the huge one's tasks are there. */
async function beside(place: Place, queue: string, { small, huge }: Tenants, key?: string): Promise<Beside> {
  const shared = key === undefined ? {} : { fairnessKey: key }
  const again = recipes.map(({ entity }) => entity)
  const hugeRun = await startRun(place.temporal, queue, huge, { ...shared, again })
  await eventually('the huge tenant to have tasks in the queue', async () => {
    const { raw } = await place.temporal.workflow.getHandle(hugeRun.workflowId).describe()
    return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'exportEntity')
  })
  let outlived = true
  const hugeEnded = hugeRun.ended().then(() => (outlived = false))
  const seconds = await timed(place, queue, small.pop() ?? '', shared)
  const found = { seconds, outlived }
  await hugeEnded
  return found
}
