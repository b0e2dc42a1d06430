import type { Client } from '@temporalio/client'
import { recipes } from '../../dev/sample-data/recipes.js'
import { measureNight } from '../small/night.js'
import { type PlacedWorker, rowsPerFile, type SmallPlace } from '../small/place.js'
import { addRows } from '../small/rows.js'
import { registerMany } from './registrations.js'
import { between, type Held, ledger, readHeld, type Taken } from './resources.js'

/** The first runs of some tenants at one midnight. */
export interface Crowd {
  readonly tenants: number
  readonly entities: number
  readonly files: number
  readonly taken: Taken
  readonly tables: Held['tables']
  readonly peakRss: number
}

export async function measureCrowd(
  place: SmallPlace,
  worker: PlacedWorker,
  { tag, tenants, entities }: { tag: string; tenants: number; entities: number },
): Promise<Crowd> {
  const names = recipes.slice(0, entities).map(({ entity }) => entity)
  const ids = await registerMany(place.servers.ownerUrl, { tag, count: tenants, entities: names })
  await addRows(place.servers.ownerUrl, ids, { nights: 1, rowsPerNight: rowsPerFile, entities: names })
  const before = await readHeld(place)
  const night = await measureNight(place, worker, ids, { night: 0, nights: 1 })
  const held = between(before, await readHeld(place))
  const history = await historyOf(place.temporal, night.workflowId)
  const cpu = (name: string): number => night.serversCpu.get(name) ?? 0
  return {
    tenants,
    entities,
    files: night.files,
    tables: held.tables,
    peakRss: night.peakRss,
    taken: {
      seconds: night.seconds,
      workerCpu: night.workerCpu,
      postgresCpu: cpu('postgres'),
      temporalCpu: cpu('temporal'),
      sshdCpu: cpu('sshd'),
      transactions: held.transactions,
      walBytes: held.walBytes,
      temporalBytes: held.temporalBytes,
      ...ledger(held),
      // All runs of a crowd are alike.
      historyEvents: history.events * tenants,
      historyBytes: history.bytes * tenants,
    },
  }
}

async function historyOf(temporal: Client, workflowId: string): Promise<{ events: number; bytes: number }> {
  const { historyLength, historySize = 0 } = await temporal.workflow.getHandle(workflowId).describe()
  return { events: historyLength, bytes: historySize }
}
