import type { Config } from '../config/config.js'
import { placeOfDatabase } from '../config/postgres-url.js'
import type { Database } from '../database/client.js'
import { createIncidentStore, type IncidentStore } from '../database/incidents/incident-store.js'
import type { LinkBases } from '../domain/incident-links.js'
import type { IncidentPlaces } from '../domain/incident-subject.js'
import { createIncidents, type Incidents } from '../services/incidents.js'
import { createAlerts } from '../telemetry/alerts.js'
import type { Logger } from '../telemetry/logger.js'
import type { DisposableStack } from './disposable-stack.js'
import type { Fetch } from './outbound-fetch.js'

export interface ComposedIncidents {
  readonly incidents: Incidents
  readonly store: IncidentStore
  readonly links: LinkBases
}

/** Incidents in the database, and their notifications in the log and at the webhook. */
export function composeIncidents(
  config: Config,
  { logger, fetch, database }: { readonly logger: Logger; readonly fetch: Fetch; readonly database: Database },
  opened: DisposableStack,
): ComposedIncidents {
  const { runbook, delayMs, ...webhook } = config.alerts
  const { uiUrl: url, namespace } = config.temporal
  const links = { temporalUi: { url, namespace }, runbook }
  const alerts = opened.use(createAlerts(logger, { ...webhook, links, fetch }))
  const store = createIncidentStore(database, { delayMs, isPosted: alerts.isPosted })
  const incidents = opened.use(createIncidents({ store, alerts, places: placesOf(config), delayMs }))
  return { incidents, store, links }
}

function placesOf({ sftp, source, database, temporal, oauth, email }: Config): IncidentPlaces {
  return {
    sftp: `${sftp.host}:${sftp.port}`,
    source: placeOfDatabase(source.url),
    database: placeOfDatabase(database.url),
    temporal: `${temporal.address}/${temporal.namespace}`,
    taskQueue: temporal.taskQueue,
    issuer: oauth.issuer,
    email: email ? `${email.host}:${email.port}` : 'no mail server',
  }
}
