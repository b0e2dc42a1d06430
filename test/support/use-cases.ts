import type { Config } from '../../src/config/config.js'
import { openDatabase } from '../../src/database/client.js'
import { createDeliveryStore, type DeliveryStore } from '../../src/database/delivery-store.js'
import { createPublicationStore } from '../../src/database/publication/publication-store.js'
import type { PublicationStore } from '../../src/domain/publication-ports.js'
import { createRegistrationStore, type RegistrationStore } from '../../src/database/registration-store.js'
import { createRunStore, type RunStore } from '../../src/database/run-store.js'
import { createTransact, type Transact } from '../../src/database/unit-of-work.js'
import type { Catalog } from '../../src/domain/entity.js'
import { createRunGateway } from '../../src/schedules/run-gateway.js'
import { createScheduleGateway } from '../../src/schedules/schedule-gateway.js'
import { scheduleSpec } from '../../src/schedules/schedule-spec.js'
import { openTemporal } from '../../src/schedules/temporal.js'
import { createRegistrations, type Registrations } from '../../src/services/registrations.js'
import { createRuns, type Runs } from '../../src/services/runs.js'
import { createScheduleSync } from '../../src/services/schedule-sync.js'
import { createEvents } from '../../src/telemetry/events.js'
import type { Logger } from '../../src/telemetry/logger.js'

/** The use cases as the API has them, without HTTP before them. */
export interface UseCases extends AsyncDisposable {
  readonly transact: Transact
  readonly registrations: Registrations
  readonly runs: Runs
  readonly registrationStore: RegistrationStore
  readonly runStore: RunStore
  readonly deliveries: DeliveryStore
  readonly publications: PublicationStore
}

export function openUseCases(config: Config, catalog: Catalog, logger: Logger): UseCases {
  const database = openDatabase(config.database)
  const temporal = openTemporal(config.temporal)
  const events = createEvents(logger)
  const transact = createTransact(database)
  const registrations = createRegistrationStore(database)
  const runStore = createRunStore(database)
  const deliveries = createDeliveryStore(database)
  const schedules = createScheduleSync({
    catalog,
    transact,
    registrations,
    gateway: createScheduleGateway(temporal, config.temporal),
    specOf: ({ registration, pausedAt }, names) =>
      scheduleSpec(registration, names, { ...config.schedule, isPaused: pausedAt !== null }),
    events,
  })
  return {
    transact,
    registrations: createRegistrations({ catalog, transact, registrations, schedules, events }),
    runs: createRuns({
      catalog,
      transact,
      registrations,
      runs: runStore,
      deliveries,
      gateway: createRunGateway(temporal, config.temporal),
      events,
      temporalUi: { url: config.temporal.uiUrl, namespace: config.temporal.namespace },
    }),
    registrationStore: registrations,
    runStore,
    deliveries,
    publications: createPublicationStore(database),
    [Symbol.asyncDispose]: async () => {
      await temporal[Symbol.asyncDispose]()
      await database.close()
    },
  }
}
