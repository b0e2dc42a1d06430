import { meaningOf, remedyOf, severityOf } from '../domain/incident.js'
import { commandsOf, inSentences, type LinkBases, linksOf } from '../domain/incident-links.js'
import type { Notification } from '../domain/incident-notification.js'

/** What is posted to ALERT_WEBHOOK_URL. */
export const alertForms = ['json', 'alertmanager'] as const
export type AlertForm = (typeof alertForms)[number]

export function alertBody(form: AlertForm, notification: Notification, bases: LinkBases): unknown {
  return form === 'json' ? plainBody(notification, bases) : alertmanagerBody(notification, bases)
}

/** `text` is what chat systems show. */
function plainBody({ id, kind, createdAt, incident }: Notification, bases: LinkBases): object {
  const { code, subject, openedAt, lastSeenAt, resolvedAt, extent } = incident
  const { latest, tenants, firstTenants, ...counts } = extent
  const links = linksOf(incident, bases)
  return {
    id,
    event: kind,
    at: createdAt,
    incidentId: incident.id,
    code,
    severity: severityOf(code),
    subject,
    meaning: meaningOf(code),
    remedy: remedyOf(code),
    commands: commandsOf(incident),
    openedAt,
    lastSeenAt,
    resolvedAt,
    tenants: { count: tenants, first: firstTenants },
    ...counts,
    ...latest,
    links,
    text: inSentences(kind, incident, links),
  }
}

const hourMs = 3_600_000
/** An alert that is not repeated ends after this time, so that the alert of a dead Tidemark ends. It is repeated more often. */
const endsAfterMs = { critical: 4 * hourMs, warning: 28 * hourMs } as const

/** The alerts of Alertmanager's API v2, `POST /api/v2/alerts`. The labels identify the alert until its end. */
function alertmanagerBody({ kind, createdAt, incident }: Notification, bases: LinkBases): object[] {
  const { code, subject, openedAt, resolvedAt, extent } = incident
  const links = linksOf(incident, bases)
  const severity = severityOf(code)
  const { show, retry } = commandsOf(incident)
  return [
    {
      labels: { alertname: code, severity, subject },
      annotations: {
        summary: meaningOf(code),
        description: inSentences(kind, incident, links),
        remedy: remedyOf(code),
        command: retry ?? show,
        runbook_url: links.runbook,
        query: links.query,
        incident_id: incident.id,
        tenants: String(extent.tenants),
        files: String(extent.files),
      },
      startsAt: openedAt,
      endsAt: resolvedAt ?? new Date(Math.max(createdAt.getTime(), Date.now()) + endsAfterMs[severity]),
      ...(links.workflow !== null && { generatorURL: links.workflow }),
    },
  ]
}
