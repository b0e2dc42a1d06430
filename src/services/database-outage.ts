import { randomUUID } from 'node:crypto'
import { asExportError } from '../domain/errors.js'
import type { Incident } from '../domain/incident.js'
import type { NotificationKind } from '../domain/incident-notification.js'
import type { Alerts } from '../telemetry/alerts.js'

/** The incident that can't be stored: Tidemark's own database does not answer. Each process notifies of it directly. */
export interface DatabaseOutage {
  failed(error: unknown): void
  answered(): void
}

/** Notifies operators once for each outage, when it lasts longer than the delay, and of its end. */
export function createDatabaseOutage(parts: {
  readonly alerts: Alerts
  readonly subject: string
  readonly delayMs: number
}): DatabaseOutage {
  const { alerts, subject, delayMs } = parts
  let incident: Incident | undefined

  const announce = (kind: NotificationKind, changed: Incident): void => {
    const notification = { id: randomUUID(), kind, createdAt: new Date(), incident: changed }
    alerts.log(notification)
    alerts.postSoon(notification)
  }
  return {
    failed: (error) => {
      const { code, message } = asExportError(error)
      const now = new Date()
      if (!incident) alerts.notStored(error)
      incident ??= anIncident(code, subject, message, now)
      if (incident.announcedAt || now.getTime() - incident.openedAt.getTime() < delayMs) return
      incident = { ...incident, announcedAt: now, lastSeenAt: now }
      announce('opened', incident)
    },
    answered: () => {
      if (!incident) return
      if (incident.announcedAt) announce('resolved', { ...incident, resolvedAt: new Date() })
      incident = undefined
    },
  }
}

function anIncident(code: Incident['code'], subject: string, message: string, now: Date): Incident {
  const latest = { message, tenantId: null, entity: null, runId: null, workflowId: null, attempts: 0 }
  const extent = { tenants: 0, firstTenants: [], files: 0, oldestWindow: null, failedRuns: 0, latest }
  return {
    id: randomUUID(),
    ...{ code, subject, openedAt: now, lastSeenAt: now, resolvedAt: null, announcedAt: null, extent },
  }
}
