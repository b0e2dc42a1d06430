import type { Config } from '../config/config.js'
import { createAudit } from '../services/audit.js'
import { createDeliveries } from '../services/deliveries.js'
import { createRegistrations } from '../services/registrations/registrations.js'
import { createRuns } from '../services/runs/runs.js'
import type { ScheduleSync } from '../services/schedule-sync.js'
import { createSftpKeys } from '../services/sftp-keys.js'
import type { Shared } from './shared.js'

/** What tenants do over GraphQL and REST. */
export function composeUseCases(config: Config, shared: Shared, schedules: ScheduleSync) {
  const { catalog, stores, events, gateways } = shared
  const temporalUi = { url: config.temporal.uiUrl, namespace: config.temporal.namespace }
  return {
    registrations: createRegistrations({ catalog, ...stores, schedules, pauses: gateways.schedules, events }),
    runs: createRuns({ catalog, ...stores, gateway: gateways.runs, events, temporalUi }),
    deliveries: createDeliveries(stores),
    audit: createAudit({ ...stores, events }),
    sftpKeys: createSftpKeys({ ...stores, endpoint: config.sftpEndpoint, events }),
  }
}
