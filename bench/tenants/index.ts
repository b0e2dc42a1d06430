import type { BenchOptions, Section } from '../section.js'
import { crowds } from './crowd.js'
import { fairness } from './fairness.js'
import { openPlace } from './place.js'
import { workers } from './workers.js'

/** Many tenants at one midnight; a small one beside a huge one; two workers. @throws without OpenSSH's server */
export async function benchTenants(options: BenchOptions): Promise<Section> {
  await using place = await openPlace(options.progress)
  const parts = [await crowds(place, options), await fairness(place, options), await workers(place, options)]
  return {
    title: 'Many tenants',
    about:
      'Every tenant has all 26 entities. The first runs of all tenants, full loads, start at once. Postgres, Temporal, ' +
      "OpenSSH's server and each worker are separate processes on one machine. Sizes follow a power law: the nth tenant " +
      'has 1/n of the rows of the first. The worker counts its open connections. Temporal shares tasks fairly between ' +
      'tenants by fairness key. A task that has begun is not interrupted, so two tenants share the cores, and an even ' +
      'share takes twice the time that a tenant takes alone.',
    tables: parts.flatMap(({ tables }) => tables),
    targets: parts.flatMap(({ targets }) => targets),
  }
}
