import type { BenchOptions, Section } from '../section.js'
import { openSmallPlace, rowsPerFile, type SmallPlace } from '../small/place.js'
import { buildNow } from '../small/tree.js'
import { type Crowd, measureCrowd } from './crowd.js'
import { costsOf } from './model.js'
import { writeFigures } from './page.js'
import { reconcileMany } from './reconcile.js'
import { scaleTables } from './report.js'

/** What a tenant, a run and a file cost each part of an installation, and what that makes of many tenants. */
export async function benchScale(options: BenchOptions): Promise<Section> {
  await using tree = await buildNow(options.progress)
  await using place = await openSmallPlace(tree, options.progress)
  const sizes = sizesOf(options)
  const [few, many] = await crowds(place, sizes, options.progress)
  options.progress(`Comparing ${sizes.schedules} schedules`)
  const reconciled = await reconcileMany(place, sizes.schedules)
  const tables = scaleTables({ crowds: [few, many], costs: costsOf(few, many), reconciled })
  if (options.full) await writeFigures(tables)
  return {
    title: 'Scale',
    about:
      `Two crowds of tenants with different numbers of entities give what a run and a file cost. Each file has ${rowsPerFile} rows, and the ` +
      'runs are first runs. One worker, Postgres, Temporal and sshd share the cores of the machine, and `RUN_STARTS_PER_SECOND` ' +
      'does not hold the runs back. The tables for more tenants are calculated from these costs, not measured: they assume that ' +
      'nothing else gets slower. [Scale](../../docs/explanation/scale.md) explains the model.\n\n' +
      'The reconciler compares all schedules with the registrations in the database. Its Temporal is generated, and answers at ' +
      'once. The time of real answers is measured on schedules of the Temporal here, and added.',
    tables,
    targets: [],
  }
}

interface Sizes {
  readonly fewEntities: { readonly tenants: number; readonly entities: number }
  readonly manyEntities: { readonly tenants: number; readonly entities: number }
  readonly schedules: number
}

function sizesOf({ full, tenants = full ? 10_000 : 400 }: BenchOptions): Sizes {
  return {
    fewEntities: { tenants, entities: 3 },
    manyEntities: { tenants: Math.ceil(tenants / 10), entities: 26 },
    schedules: 10 * tenants,
  }
}

async function crowds(
  place: SmallPlace,
  { fewEntities, manyEntities }: Sizes,
  progress: BenchOptions['progress'],
): Promise<[few: Crowd, many: Crowd]> {
  const worker = await place.worker({ environment: { RUN_STARTS_PER_SECOND: '10000' } })
  // Not counted: connections are made, code is compiled.
  await measureCrowd(place, worker, { tag: 'scale-warm', tenants: 4, entities: 26 })
  progress(`${manyEntities.tenants} tenants with ${manyEntities.entities} entities`)
  const many = await measureCrowd(place, worker, { tag: 'many-entities', ...manyEntities })
  progress(`${fewEntities.tenants} tenants with ${fewEntities.entities} entities`)
  const few = await measureCrowd(place, worker, { tag: 'few-entities', ...fewEntities })
  await worker.stop()
  return [few, many]
}
