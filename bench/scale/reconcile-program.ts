/**
 * Compares all schedules once, as the API does every ten minutes, with a Temporal that answers at once from memory. Prints what it
 * took in one line of JSON. Its settings are DATABASE_URL and SCHEDULES, the number of schedules that Temporal lists.
 */
import 'reflect-metadata'
import { loadCatalog } from '../../src/catalog/load.js'
import { createStores } from '../../src/compose/database.js'
import { composeScheduleSync } from '../../src/compose/schedule-sync.js'
import { readEnvironment } from '../../src/config/env.js'
import { openDatabase } from '../../src/database/client.js'
import type { ScheduleGateway } from '../../src/schedules/schedule-gateway.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { peakOf } from '../small/processes.js'

export interface ReconcileUse {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakRss: number
  /** Calls of Temporal by name. */
  readonly calls: Readonly<Record<string, number>>
}

const { DATABASE_URL = '', SCHEDULES = '0' } = readEnvironment()
const poolSize = 10
const calls: Record<string, number> = {}
const called = (name: string): void => void (calls[name] = (calls[name] ?? 0) + 1)

/** Every schedule is as it is wanted. */
const generated: ScheduleGateway = {
  apply: async () => called('change'),
  remove: async () => called('remove'),
  compare: async () => {
    called('describe')
    return { matches: true, reading: { missed: 0, skipped: 0, pausedNote: null } }
  },
  orphans: async (known) => {
    // Temporal's list has pages of a hundred.
    const ids = Array.from({ length: Number(SCHEDULES) }, (_, n) => `reconciled-${n}`)
    for (let page = 0; page < ids.length; page += 100) called('list')
    return ids.filter((id) => !known.has(id))
  },
}

const database = openDatabase({ url: DATABASE_URL, poolSize })
const logger = createLogger({ level: 'warn' })
const schedules = composeScheduleSync(
  {
    schedule: { jitterSeconds: 0, reconcileSeconds: 10, updatesAtOnce: 4 },
    database: { poolSize },
  } as unknown as Parameters<typeof composeScheduleSync>[0],
  {
    catalog: await loadCatalog(undefined),
    stores: createStores(database),
    gateways: { schedules: generated } as Parameters<typeof composeScheduleSync>[1]['gateways'],
    events: createEvents(logger),
  },
)
await schedules.reconcile({ all: false })
const [began, cpu] = [performance.now(), process.cpuUsage()]
await schedules.reconcile({ all: true })
const { user, system } = process.cpuUsage(cpu)
const use: ReconcileUse = {
  seconds: (performance.now() - began) / 1000,
  cpuSeconds: (user + system) / 1e6,
  peakRss: await peakOf(process.pid),
  calls,
}
console.log(JSON.stringify({ use }))
await database.close()
process.exit(0)
