import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { specOf } from '../../../src/compose/schedule-sync.js'
import type { Stores as ComposedStores } from '../../../src/compose/database.js'
import type { Catalog } from '../../../src/domain/entity.js'
import { ExportError } from '../../../src/domain/errors.js'
import type { StoredRegistration } from '../../../src/database/unit-of-work/tenant-registration.js'
import { createRunGateway, type RunGateway } from '../../../src/schedules/run-gateway.js'
import {
  createScheduleGateway,
  type ScheduleGateway,
  type SchedulePauses,
} from '../../../src/schedules/schedule-gateway.js'
import type { ScheduleSpec } from '../../../src/schedules/schedule-spec.js'
import { openTemporal, type Temporal } from '../../../src/schedules/temporal.js'
import { createRegistrations, type Registrations } from '../../../src/services/registrations/registrations.js'
import { createRuns, type Runs } from '../../../src/services/runs/runs.js'
import type { Patience } from '../../../src/services/schedule-queue.js'
import { createScheduleSync, type ScheduleSync } from '../../../src/services/schedule-sync.js'
import { createEvents } from '../../../src/telemetry/create-events.js'
import type { Events } from '../../../src/telemetry/events.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { smallCatalog } from './builders.js'
import { openStores, type Stores } from './stores.js'

/** Nobody listens there. */
const nowhere = '127.0.0.1:1'

/** The real use cases over the test run's Postgres and Temporal, with no worker: a run that is started stays where it is. */
export interface TestServices extends AsyncDisposable {
  readonly stores: Stores
  readonly temporal: Temporal
  readonly taskQueue: string
  readonly events: Events
  /** The log, a parsed line each. */
  readonly log: Record<string, unknown>[]
  readonly gateways: { readonly schedules: ScheduleGateway & SchedulePauses; readonly runs: RunGateway }
  /** The same, of a Temporal that can't be reached. */
  readonly unreachable: { readonly schedules: ScheduleGateway; readonly runs: RunGateway }
  scheduleSync(options?: {
    gateway?: ScheduleGateway
    catalog?: Catalog
    specOf?: (stored: StoredRegistration, names: readonly string[]) => ScheduleSpec
    patience?: Patience
    pauses?: Pick<SchedulePauses, 'backfill'>
    /** Those of another process, with connections and locks of its own. */
    stores?: ComposedStores
  }): ScheduleSync
  registrations(options?: { schedules?: ScheduleSync; catalog?: Catalog }): Registrations
  runs(options?: { gateway?: RunGateway; catalog?: Catalog }): Runs
}

export async function openServices(): Promise<TestServices> {
  const stores = await openStores()
  const temporal = temporalAt(inject('temporalAddress'))
  const gone = temporalAt(nowhere)
  const taskQueue = `test-${randomUUID()}`
  const log: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) }
  const events = createEvents(createLogger({ level: 'info', destination }))
  const gatewaysOf = (to: Temporal) => ({
    schedules: createScheduleGateway(to, { taskQueue }, () => stores.installation.id()),
    runs: createRunGateway(to, { taskQueue }),
  })
  const bare = gatewaysOf(temporal)
  const gateways = { schedules: patient(bare.schedules), runs: patient(bare.runs) }
  const scheduleSync: TestServices['scheduleSync'] = (options = {}) =>
    createScheduleSync({
      catalog: options.catalog ?? smallCatalog,
      ...(options.stores ?? stores),
      gateway: options.gateway ?? gateways.schedules,
      pauses: options.pauses ?? gateways.schedules,
      specOf: options.specOf ?? specOf({ jitterSeconds: 0 }),
      events,
      atOnce: 4,
      // Temporal's own deadline passes first, also on a busy machine.
      patience: options.patience ?? { besideOthers: 30_000, alone: 30_000 },
    })
  return {
    stores,
    temporal,
    taskQueue,
    events,
    log,
    gateways,
    unreachable: gatewaysOf(gone),
    scheduleSync,
    registrations: ({ catalog = smallCatalog, schedules = scheduleSync({ catalog }) } = {}) =>
      createRegistrations({
        ...{ catalog, ...stores, schedules, events },
        pauses: gateways.schedules,
        signingKey: async () => undefined,
      }),
    runs: ({ catalog = smallCatalog, gateway = gateways.runs } = {}) =>
      createRuns({
        catalog,
        ...stores,
        gateway,
        events,
        temporalUi: { url: 'http://temporal.test', namespace: 'default' },
      }),
    [Symbol.asyncDispose]: async () => {
      await cleanUp(stores, temporal)
      await Promise.all([temporal[Symbol.asyncDispose](), gone[Symbol.asyncDispose]()])
      await stores[Symbol.asyncDispose]()
    },
  }
}

/** Tries again a few times: where the machine is busy, a Temporal that is there may still let a deadline pass. */
function patient<Gateway extends object>(gateway: Gateway): Gateway {
  return new Proxy(gateway, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await member.apply(target, args)
          } catch (error) {
            if (attempt === 4 || !(error instanceof ExportError)) throw error
          }
        }
      }
    },
  })
}

function temporalAt(address: string): Temporal {
  return openTemporal({ address, namespace: 'default', tls: false, apiKey: undefined })
}

/** Removes what the tests left in the Temporal server, which others use, too. */
async function cleanUp(stores: Stores, { client }: Temporal): Promise<void> {
  const tenants = await stores.query('SELECT DISTINCT tenant_id FROM registration_change')
  const runs = await stores.query('SELECT workflow_id FROM run')
  await Promise.all(
    [
      ...tenants.map(({ tenant_id: tenant }) => client.schedule.getHandle(`export-${String(tenant)}`).delete()),
      ...runs.map(({ workflow_id: id }) => client.workflow.getHandle(String(id)).terminate('the test is over')),
    ].map((removal) => removal.catch(() => undefined)),
  )
}
