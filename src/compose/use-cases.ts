import type { Config } from '../config/config.js'
import { readPublicKey } from '../pgp/read-public-key.js'
import { createSigningKeys } from '../pgp/signing-key.js'
import { createAudit } from '../services/audit.js'
import { createContracts } from '../services/contracts.js'
import { createEventFeed } from '../services/events/event-feed.js'
import { createDeliveries } from '../services/deliveries.js'
import { createEmailLinks } from '../services/email/links.js'
import { createEmailRecipients } from '../services/email/recipients.js'
import { createFetches } from '../services/fetches.js'
import { createIncidentQueries } from '../services/incident-queries.js'
import { createLateness } from '../services/lateness.js'
import { createOperations } from '../services/operations.js'
import { createPgpKeys } from '../services/pgp-keys.js'
import { createRegistrations } from '../services/registrations/registrations.js'
import { createRuns } from '../services/runs/runs.js'
import type { ScheduleSync } from '../services/schedule-sync.js'
import { createSftpKeys } from '../services/sftp-keys.js'
import { createDeliveryTests } from '../services/test-delivery.js'
import type { Shared } from './shared.js'
import { composeWebhooks } from './webhooks.js'

/** What tenants and operators do over GraphQL and REST. */
export function composeUseCases(config: Config, shared: Shared, schedules: ScheduleSync) {
  const { catalog, stores, events, gateways, incidentParts, logger } = shared
  const signingKeys = createSigningKeys(config.pgpSigningKey)
  const signingKey = () => signingKeys.publicKey()
  const temporalUi = { url: config.temporal.uiUrl, namespace: config.temporal.namespace }
  return {
    registrations: createRegistrations({
      ...{ catalog, ...stores, schedules, events, signingKey },
      pauses: gateways.schedules,
    }),
    runs: createRuns({ catalog, ...stores, gateway: gateways.runs, events, temporalUi }),
    deliveries: createDeliveries(stores),
    fetches: createFetches({ ...stores, unfetchedAfterDays: config.unfetchedAfterDays }),
    contracts: createContracts({ catalog, ...stores, server: config.sftpEndpoint }),
    lateness: createLateness({ catalog, lateness: stores.lateness, settings: config.lateness }),
    operations: createOperations({ ...stores, catalog, lateness: config.lateness, incidents: incidentParts.store }),
    deliveryTests: createDeliveryTests({ ...stores, gateway: gateways.deliveryTests }),
    eventFeed: createEventFeed({ ...stores, logger }),
    audit: createAudit({ ...stores, events }),
    incidents: createIncidentQueries(incidentParts),
    pgpKeys: createPgpKeys({ ...stores, readPublicKey, signingKey, events }),
    webhooks: composeWebhooks(config, shared),
    emailRecipients: createEmailRecipients({ ...stores, isAvailable: config.email !== undefined, events }),
    emailLinks: createEmailLinks({ ...stores, events }),
    sftpKeys: createSftpKeys({ ...stores, endpoint: config.sftpEndpoint, events }),
  }
}
