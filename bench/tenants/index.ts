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
      'Every tenant has all 26 entities, and its first run, a full load, is started at once with all the others. ' +
      "Postgres, Temporal, OpenSSH's server and each worker are processes of their own and share the machine. Sizes " +
      'follow a power law: the nth tenant has an nth of the rows of the first. Connections are counted in the worker ' +
      'as they are opened and closed. Tenants take turns by fairness key; a task that has begun is not interrupted, ' +
      'and while both run they share the cores, so that twice its time alone is an even share.',
    tables: parts.flatMap(({ tables }) => tables),
    targets: parts.flatMap(({ targets }) => targets),
  }
}
