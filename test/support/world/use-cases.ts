import { DisposableStack } from '../../../src/compose/disposable-stack.js'
import { composeScheduleSync } from '../../../src/compose/schedule-sync.js'
import { openShared } from '../../../src/compose/shared.js'
import { composeUseCases } from '../../../src/compose/use-cases.js'
import type { Config } from '../../../src/config/config.js'
import type { DeliveryStore } from '../../../src/database/deliveries/delivery-store.js'
import type { InstallationStore } from '../../../src/database/installation-store.js'
import type { RegistrationStore } from '../../../src/database/registration-store.js'
import type { RunStore } from '../../../src/database/run-store.js'
import type { Transact } from '../../../src/database/unit-of-work/unit-of-work.js'
import type { PublicationStore } from '../../../src/domain/publication-ports.js'
import type { EventFeed } from '../../../src/services/events/event-feed.js'
import type { PgpKeys } from '../../../src/services/pgp-keys.js'
import type { Registrations } from '../../../src/services/registrations/registrations.js'
import type { Runs } from '../../../src/services/runs/runs.js'
import type { SftpKeys } from '../../../src/services/sftp-keys.js'
import type { DeliveryTests } from '../../../src/services/test-delivery.js'
import type { Webhooks } from '../../../src/services/webhooks/webhooks.js'
import type { Logger } from '../../../src/telemetry/logger.js'

/** The use cases as the API has them, without HTTP before them. */
export interface UseCases extends AsyncDisposable {
  readonly transact: Transact
  readonly registrations: Registrations
  readonly runs: Runs
  readonly deliveryTests: DeliveryTests
  readonly pgpKeys: PgpKeys
  readonly webhooks: Webhooks
  readonly eventFeed: EventFeed
  readonly sftpKeys: SftpKeys
  readonly registrationStore: RegistrationStore
  readonly runStore: RunStore
  readonly deliveries: DeliveryStore
  readonly publications: PublicationStore
  readonly installation: InstallationStore
}

export async function openUseCases(config: Config, logger: Logger): Promise<UseCases> {
  await using opened = new DisposableStack()
  const shared = await openShared(config, { logger }, opened)
  const { stores } = shared
  const schedules = opened.use(composeScheduleSync(config, shared))
  const { registrations, runs, deliveryTests, pgpKeys, eventFeed, sftpKeys, webhooks } = composeUseCases(
    config,
    shared,
    schedules,
  )
  const closing = opened.move()
  return {
    transact: stores.transact,
    registrations,
    runs,
    deliveryTests,
    pgpKeys,
    webhooks,
    eventFeed,
    sftpKeys,
    registrationStore: stores.registrations,
    runStore: stores.runs,
    deliveries: stores.deliveries,
    publications: stores.publications,
    installation: stores.installation,
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  }
}
