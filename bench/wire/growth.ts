import type { BenchOptions, Section } from '../section.js'
import { deliverByTidemark, type Delivery, jobFor } from './contestants.js'
import type { Line } from './line.js'
import type { Place } from './place.js'
import { median } from './race.js'
import { changeRows, fillTables, tenantId } from './tables.js'

const changed = 1_000
const few = { content: 100 }
const sizesOfTenants = {
  bench10k: { interaction: 10_000, ...few },
  bench100k: { interaction: 100_000, ...few },
  [tenantId]: { interaction: 1_000_000, ...few },
}
const tenMillion = { bench10m: { interaction: 10_000_000, ...few } }

/** Ten million rows without the minutes that writing them takes: a view that has the million ten times. */
async function deliverTenfold(place: Place, line: Line): Promise<Delivery> {
  await place.query(
    'CREATE VIEW analytics.tenfold AS SELECT i.* FROM generate_series(1, 10) CROSS JOIN analytics.interaction AS i',
  )
  const job = jobFor(place, line, { entity: 'interaction', path: '/tenfold.csv' })
  return deliverByTidemark(place, {
    ...job,
    entity: { ...job.entity, table: { schema: 'analytics', name: 'tenfold' } },
  })
}

interface Size {
  readonly tenant: string
  readonly load: Delivery
  readonly delta: Delivery
}

/** The cost of files of increasing size, and of finding a thousand changes among their rows. */
export async function measureGrowth(place: Place, line: Line, { full, progress }: BenchOptions): Promise<Section> {
  await fillTables(place, sizesOfTenants, progress)
  if (full) await fillTables(place, tenMillion, progress)
  const sizes: Size[] = []
  for (const tenant of ['bench10k', 'bench100k', tenantId, ...(full ? ['bench10m'] : [])]) {
    progress(`Growth: ${tenant}`)
    sizes.push(await measureSize(place, line, tenant))
  }
  progress('Growth: ten million rows of a view')
  const tenfold = await deliverTenfold(place, line)
  const [million, largest] = [sizes.find(({ tenant }) => tenant === tenantId), sizes.at(-1)]
  if (!million || !largest) throw new Error('Nothing was measured.')
  return {
    title: 'Larger and larger files',
    about:
      `The \`interaction\` entity of tenants of several sizes in one table, without delay on the line. The figures are ` +
      `medians of three runs, or one run of the largest. The delta has the ${changed.toLocaleString('en-US')} rows that ` +
      'changed since. Each file has its own process, whose start is most of the time of the smallest files.',
    tables: [
      {
        head: ['rows', 'seconds', 'MB/s', 'peak RSS MB', 'CPU s/GB', 'delta, seconds'],
        rows: [...sizes.map(row), tenfoldRow(tenfold)],
      },
    ],
    targets: [
      {
        name: 'peak memory against 150 MB (ten million rows of a view)',
        ratio: tenfold.peakMegabytes / 150,
        atMost: 1,
      },
      {
        name: `peak memory against 150 MB (${largest.load.rows.toLocaleString('en-US')} rows)`,
        ratio: largest.load.peakMegabytes / 150,
        atMost: 1,
      },
      {
        name: 'seconds for a delta of 1,000 rows, against one in a tenth of the rows',
        ratio: largest.delta.seconds / (sizes.at(-2)?.delta.seconds ?? Number.NaN),
        atMost: 2,
      },
    ],
    plots: [
      {
        file: 'rows-per-second.svg',
        title: 'Thousand rows per second, by rows in the file',
        x: { label: 'rows', logarithmic: true },
        y: { label: 'k rows/s' },
        lines: [
          {
            name: 'tidemark',
            points: [...sizes.map(({ load }) => load), tenfold].map((load) => [
              load.rows,
              load.rows / load.seconds / 1e3,
            ]),
          },
        ],
      },
      {
        file: 'memory.svg',
        title: 'Resident memory of the process over time, in MB',
        x: { label: 'seconds' },
        y: { label: 'MB' },
        lines: [...sizes.slice(-2).map(({ load }) => load), tenfold].map((load) => ({
          name: `${load.rows.toLocaleString('en-US')} rows`,
          points: load.memory,
        })),
      },
    ],
  }
}

async function measureSize(place: Place, line: Line, tenant: string): Promise<Size> {
  const of = { entity: 'interaction', tenantId: tenant, path: `/${tenant}.csv` }
  const deliver = async (changedSince?: string) =>
    deliverByTidemark(place, jobFor(place, line, { ...of, ...(changedSince !== undefined && { changedSince }) }))
  const load = await medianOf(tenant === 'bench10m' ? 1 : 3, deliver)
  const since = await changeRows(place, tenant, changed)
  return { tenant, load, delta: await medianOf(3, () => deliver(since)) }
}

async function medianOf(times: number, deliver: () => Promise<Delivery>): Promise<Delivery> {
  const all: Delivery[] = []
  for (let turn = 0; turn < times; turn += 1) all.push(await deliver())
  return median(all)
}

function row({ load, delta }: Size): string[] {
  return [...figures(load), `${delta.seconds.toFixed(2)} (${delta.rows} rows)`]
}

function tenfoldRow(load: Delivery): string[] {
  const [rows = '', ...others] = figures(load)
  return [`${rows} (a view)`, ...others, '']
}

function figures(load: Delivery): string[] {
  return [
    load.rows.toLocaleString('en-US'),
    load.seconds.toFixed(2),
    (load.bytes / load.seconds / 1e6).toFixed(1),
    load.peakMegabytes.toFixed(0),
    (load.cpuSeconds / (load.bytes / 1e9)).toFixed(1),
  ]
}
