import { recipes } from '../../src/local/sample-data/recipes.js'
import { eventually } from '../../test/support/eventually.js'
import type { BenchOptions, Section } from '../section.js'
import { entities, newName, type Place } from './place.js'
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

/** A small tenant's run alone, and while a huge tenant's goes on, with fairness keys and without. */
export async function fairness(place: Place, options: BenchOptions): Promise<Pick<Section, 'tables' | 'targets'>> {
  const rows = { small: 200, huge: options.full ? 5_000_000 : 1_000_000 }
  const small = await place.tenants('small', Array(10).fill(rows.small))
  const [huge = ''] = await place.tenants('huge', [rows.huge])
  const usual = await oneWorker(place, options, { small, huge }, {})
  // All tasks of a run at once: the huge tenant's alone fill the queue by the time the small one's come.
  const environment = { EXPORT_ENTITY_CONCURRENCY: String(entities) }
  const flooded = await oneWorker(place, options, { small, huge }, environment)
  const row = (what: string, itself: number, { seconds, outlived }: Beside) => [
    what,
    seconds.toFixed(2),
    (seconds / itself).toFixed(2),
    outlived ? 'yes' : 'no',
  ]
  return {
    tables: [
      {
        title:
          `A small tenant (${rows.small} rows) and a huge one (${rows.huge.toLocaleString('en-US')}), ` +
          `${entities} entities each, one worker of 8 tasks at a time`,
        head: ['small tenant', 'seconds', 'of its time alone', 'the huge one went on longer'],
        rows: [
          ['alone', usual.alone.toFixed(2), '1.00', ''],
          row('beside the huge one', usual.alone, usual.keyed),
          row('beside it, both under one fairness key', usual.alone, usual.unkeyed),
          [`alone, ${entities} entities of a run at a time`, flooded.alone.toFixed(2), '1.00', ''],
          row('beside the huge one, whose tasks fill the queue', flooded.alone, flooded.keyed),
          row('beside it, both under one fairness key', flooded.alone, flooded.unkeyed),
        ],
      },
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

async function oneWorker(
  place: Place,
  { progress }: BenchOptions,
  { small, huge }: Tenants,
  environment: Readonly<Record<string, string>>,
): Promise<{ alone: number; keyed: Beside; unkeyed: Beside }> {
  const queue = newName()
  const worker = await place.worker(queue, { environment })
  progress('Fairness: the small tenant alone')
  await timed(place, queue, huge, { again: ['user'] })
  const times: number[] = []
  for (let n = 0; n < 3; n++) times.push(await timed(place, queue, small.pop() ?? ''))
  const alone = times.toSorted((a, b) => a - b)[1] ?? NaN
  progress('Fairness: beside a huge one')
  const keyed = await beside(place, queue, { small, huge })
  progress('Fairness: beside a huge one, without keys of their own')
  const unkeyed = await beside(place, queue, { small, huge }, 'all')
  await worker.stop()
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
