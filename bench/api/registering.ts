import { openDatabase } from '../../src/database/client.js'
import { createRegistrationStore, type RegistrationStore } from '../../src/database/registration-store.js'
import { eventually } from '../../test/support/eventually.js'
import type { BenchOptions, Section } from '../section.js'
import type { Servers } from '../support/servers.js'
import { type Load, type Measured, measure } from './load.js'
import { type BareSchedules, bareSchedules } from './tenants.js'

/** How many calls of the paced clients are due in a second. */
const pace = 100

/** What the calls of all tenants, one each, cost until each schedule follows. */
interface Registered {
  readonly calls: Measured
  /** Schedules that followed in a second, from the first call until none was pending. */
  readonly schedulesPerSecond: number
  /** The same from the last call on, when the API's calls no longer use the cores. */
  readonly afterCallsPerSecond: number
}

export interface Registering {
  /** Each client calls as soon as it has its answer: each tenant's schedule is made. */
  readonly made: Registered
  /** The same again: each schedule is changed. */
  readonly changed: Registered
  /** {@link pace} calls a second. */
  readonly paced: Registered
  /** Temporal alone: the mean of before and after. */
  readonly alone: BareSchedules
}

export async function benchRegistering(
  load: Load,
  { databaseUrl, temporalAddress }: Servers,
  progress: BenchOptions['progress'],
): Promise<Registering> {
  const database = openDatabase({ url: databaseUrl, poolSize: 2 })
  try {
    const store = createRegistrationStore(database)
    progress('API: Temporal alone')
    const before = await bareSchedules(temporalAddress, 1)
    progress('API: registering')
    const made = await registerAndFollow(load, store)
    progress('API: registering again')
    const changed = await registerAndFollow(load, store)
    progress(`API: registering, ${pace} calls a second`)
    const paced = await registerAndFollow({ ...load, duePerSecond: pace }, store)
    progress('API: Temporal alone, again')
    const after = await bareSchedules(temporalAddress, 2)
    const alone = { made: (before.made + after.made) / 2, changed: (before.changed + after.changed) / 2 }
    return { made, changed, paced, alone }
  } finally {
    await database.close()
  }
}

async function registerAndFollow(load: Load, store: RegistrationStore): Promise<Registered> {
  const started = performance.now()
  const calls = await measure(load)
  const called = performance.now()
  const pending = (await store.tenantsWithPendingSchedule(100_000)).length
  await eventually(
    'no schedule to be pending',
    async () => (await store.tenantsWithPendingSchedule(1)).length === 0,
    600_000,
  )
  const ended = performance.now()
  return {
    calls,
    schedulesPerSecond: ((load.calls ?? 0) * 1000) / (ended - started),
    afterCallsPerSecond: (pending * 1000) / (ended - called),
  }
}

export const aboutRegistering =
  'To register, each tenant calls `registerDataExport` once. The answer comes after the transaction in Postgres. The ' +
  'schedule in Temporal follows through a queue in the API process. The answer is `PENDING` if other schedules wait. ' +
  'Schedules per second count from the first call until no schedule is pending. The next column counts from the last call ' +
  'on, when the queue alone works. Temporal alone gets schedules like these, four at a time as the queue sends them. `without a pause` means that each client calls again as soon as it is ' +
  `answered. At ${pace} calls per second, the time of a call counts from when it is due. Temporal takes most of both ` +
  'cores meanwhile.'

export function registeringTable({ made, changed, paced, alone }: Registering): Section['tables'][number] {
  const row = (what: string, { calls, schedulesPerSecond, afterCallsPerSecond }: Registered, of: number) => [
    what,
    calls.perSecond.toFixed(0),
    calls.p50.toFixed(0),
    calls.p99.toFixed(0),
    `${(100 * calls.noted).toFixed(0)}%`,
    schedulesPerSecond.toFixed(1),
    (schedulesPerSecond / of).toFixed(2),
    afterCallsPerSecond.toFixed(1),
    (afterCallsPerSecond / of).toFixed(2),
  ]
  return {
    title: 'Registering',
    head: [
      'call',
      'calls/s',
      'p50 ms',
      'p99 ms',
      'PENDING',
      'schedules/s',
      'of Temporal alone',
      'after the calls',
      'of Temporal alone',
    ],
    rows: [
      ['Temporal alone, schedule made', '', '', '', '', alone.made.toFixed(1), '1.00', '', ''],
      row('without a pause, schedule made', made, alone.made),
      ['Temporal alone, schedule changed', '', '', '', '', alone.changed.toFixed(1), '1.00', '', ''],
      row('without a pause, schedule changed', changed, alone.changed),
      row(`${pace} calls per second, schedule changed`, paced, alone.changed),
    ],
  }
}

export function registeringTargets({ made, changed, paced, alone }: Registering): Section['targets'] {
  return [
    { name: `registerDataExport at ${pace} calls/s, p99 against 100 ms`, ratio: paced.calls.p99 / 100, atMost: 1 },
    { name: 'registerDataExport without a pause, p99 against 100 ms', ratio: made.calls.p99 / 100 },
    { name: 'schedules made/s against Temporal alone, with the calls', ratio: made.schedulesPerSecond / alone.made },
    {
      name: 'schedules made/s against Temporal alone, after the calls',
      ratio: made.afterCallsPerSecond / alone.made,
      atLeast: 0.9,
    },
    {
      name: 'schedules changed/s against Temporal alone, after the calls',
      ratio: changed.afterCallsPerSecond / alone.changed,
      atLeast: 0.9,
    },
  ]
}
