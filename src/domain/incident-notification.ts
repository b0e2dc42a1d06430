import { canHeal, type Incident, type IncidentExtent, severityOf } from './incident.js'

/** Why operators are notified. */
export type NotificationKind = 'opened' | 'updated' | 'resolved'

/** What operators were last notified of. */
export interface LastNotification extends Pick<IncidentExtent, 'tenants' | 'files' | 'failedRuns'> {
  readonly at: Date
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** The least time between two notifications of changed counts. */
const updateMs = 5 * minuteMs

/** After this time without a change, operators are reminded. */
const repeatMs = { critical: hourMs, warning: 24 * hourMs } as const

/**
 * Which notification of an incident is due now. What can heal is announced only if it lasts longer than the delay, or if a
 * run has failed for good. Nothing is resolved for operators that was never announced.
 */
export function dueNotification(
  incident: Pick<Incident, 'code' | 'openedAt' | 'resolvedAt' | 'extent'>,
  last: LastNotification | null,
  { now, delayMs }: { readonly now: Date; readonly delayMs: number },
): NotificationKind | null {
  const { code, openedAt, resolvedAt, extent } = incident
  if (resolvedAt) return last ? 'resolved' : null
  if (!last) {
    const isOld = now.getTime() - openedAt.getTime() >= delayMs
    return !canHeal(code) || extent.failedRuns > 0 || isOld ? 'opened' : null
  }
  if (extent.failedRuns > 0 && last.failedRuns === 0) return 'updated'
  const ageMs = now.getTime() - last.at.getTime()
  if (ageMs >= repeatMs[severityOf(code)]) return 'updated'
  return ageMs >= updateMs && isChanged(extent, last) ? 'updated' : null
}

function isChanged(extent: IncidentExtent, last: LastNotification): boolean {
  return extent.tenants !== last.tenants || extent.files !== last.files || extent.failedRuns !== last.failedRuns
}

/** A failed post is repeated for three days. In ms. */
const mostAgeMs = 3 * 24 * hourMs
const firstPauseMs = 5_000
const longestPauseMs = 30 * minuteMs

/** When a post that has failed that often is repeated; null if it is given up. */
export function nextPost({ createdAt, attempts }: { createdAt: Date; attempts: number }, now: Date): Date | null {
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 20))
  const next = new Date(now.getTime() + pauseMs)
  return next.getTime() - createdAt.getTime() > mostAgeMs ? null : next
}

/** A notification for operators, with the incident as it was when the notification was written. */
export interface Notification {
  /** Of each post of it the same, so that a receiver can tell repeated posts. */
  readonly id: string
  readonly kind: NotificationKind
  readonly createdAt: Date
  readonly incident: Incident
}
