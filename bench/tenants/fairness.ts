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

/** A small tenant's run alone, and while a huge tenant's goes on, with fairness keys and without. */
export async function fairness(
  place: Place,
  { full, progress }: BenchOptions,
): Promise<Pick<Section, 'tables' | 'targets'>> {
  const rows = { small: 1000, huge: full ? 5_000_000 : 300_000 }
  const queue = newName()
  // All tasks of a run at once, so that the huge tenant's wait in the queue by the time the small one's come.
  const environment = { EXPORT_ENTITY_CONCURRENCY: String(entities) }
  const worker = await place.worker(queue, { environment })
  const [warm = '', first = '', keyed = '', unkeyed = ''] = await place.tenants('small', Array(4).fill(rows.small))
  const [huge = '', other = ''] = await place.tenants('huge', [rows.huge, rows.huge])
  const alone = async (tenantId: string): Promise<number> => {
    const started = performance.now()
    await (await startRun(place.temporal, queue, tenantId)).ended()
    return (performance.now() - started) / 1000
  }
  const beside = async (tenantId: string, hugeTenant: string, key?: string): Promise<Beside> => {
    const hugeRun = await startRun(place.temporal, queue, hugeTenant, key)
    await eventually('the huge tenant to have tasks in the queue', async () => {
      const { raw } = await place.temporal.workflow.getHandle(hugeRun.workflowId).describe()
      return (raw.pendingActivities?.length ?? 0) > 8
    })
    let outlived = true
    const hugeEnded = hugeRun.ended().then(() => (outlived = false))
    const started = performance.now()
    await (await startRun(place.temporal, queue, tenantId, key)).ended()
    const found = { seconds: (performance.now() - started) / 1000, outlived }
    await hugeEnded
    return found
  }
  await alone(warm)
  progress('Fairness: the small tenant alone')
  const itself = await alone(first)
  progress('Fairness: beside a huge one')
  const fair = await beside(keyed, huge)
  progress('Fairness: beside a huge one, without keys of their own')
  const unfair = await beside(unkeyed, other, 'all')
  await worker.stop()
  const row = (what: string, { seconds, outlived }: Beside) => [
    what,
    seconds.toFixed(2),
    (seconds / itself).toFixed(2),
    outlived ? 'yes' : 'no',
  ]
  return {
    tables: [
      {
        title: `A small tenant (${rows.small} rows) and a huge one (${rows.huge.toLocaleString('en-US')}), ${entities} entities each, one worker`,
        head: ['small tenant', 'seconds', 'of its time alone', 'the huge one went on longer'],
        rows: [
          row('alone', { seconds: itself, outlived: false }),
          row('beside the huge one', fair),
          row('beside it, both under one fairness key', unfair),
        ],
      },
    ],
    targets: [{ name: 'small tenant beside a huge one, of its time alone', ratio: fair.seconds / itself, atMost: 2 }],
  }
}
