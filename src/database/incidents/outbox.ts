import { randomUUID } from 'node:crypto'
import type { Incident } from '../../domain/incident.js'
import { dueNotification, type Notification, type NotificationKind } from '../../domain/incident-notification.js'
import type { Prisma } from '../../generated/prisma/client.js'
import type { NotificationModel } from '../../generated/prisma/models.js'
import type { Transaction } from '../client.js'
import { incidentsOf, type StoredIncident } from './incident-rows.js'

export interface AnnouncementRules {
  /** What can heal is announced after this time. */
  readonly delayMs: number
  /** Whether notifications are posted. Otherwise only the log has them. */
  readonly isPosted: boolean
}

/** Writes the notifications that are due of these incidents, which are locked, and returns them. */
export async function announce(
  transaction: Transaction,
  ids: readonly string[],
  now: Date,
  rules: AnnouncementRules,
): Promise<Notification[]> {
  if (ids.length === 0) return []
  const rows = await transaction.incident.findMany({ where: { id: { in: [...ids] } }, orderBy: { openedAt: 'asc' } })
  const written: Notification[] = []
  for (const incident of await incidentsOf(transaction, rows)) {
    const kind = dueNotification(incident, incident.notified, { now, delayMs: rules.delayMs })
    if (kind) written.push(await write(transaction, incident, kind, now, rules))
  }
  return written
}

async function write(
  transaction: Transaction,
  { notified: _notified, ...incident }: StoredIncident,
  kind: NotificationKind,
  now: Date,
  { isPosted }: AnnouncementRules,
): Promise<Notification> {
  const announcedAt = incident.announcedAt ?? now
  const notification = { id: randomUUID(), kind, createdAt: now, incident: { ...incident, announcedAt } }
  const { tenants, files, failedRuns } = incident.extent
  // A newer one says more than an update that waits.
  await transaction.notification.deleteMany({
    where: { incidentId: incident.id, kind: 'updated', sentAt: null, abandonedAt: null },
  })
  await transaction.notification.create({
    data: {
      id: notification.id,
      incidentId: incident.id,
      kind,
      content: asJson(notification.incident),
      createdAt: now,
      nextAttemptAt: now,
      sentAt: isPosted ? null : now,
    },
  })
  await transaction.incident.update({
    where: { id: incident.id },
    data: { announcedAt, notified: asJson({ at: now, tenants, files, failedRuns }) },
  })
  return notification
}

function asJson(value: object): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonObject
}

/** A notification that this process posts now. */
export interface ClaimedNotification extends Notification {
  /** The number of posts, this one included. */
  readonly attempts: number
}

/**
 * Claims notifications that are due, the oldest first. Another process does not claim them until `leaseEnd`. A notification
 * waits for the earlier ones of its incident, so that nothing is resolved before it is opened.
 */
export async function claimDue(
  transaction: Transaction,
  { now, leaseEnd, most }: { readonly now: Date; readonly leaseEnd: Date; readonly most: number },
): Promise<ClaimedNotification[]> {
  const ids = await transaction.$queryRaw<{ id: string }[]>`
    SELECT n.id::text AS id FROM notification n
    WHERE n.sent_at IS NULL AND n.abandoned_at IS NULL AND n.next_attempt_at <= ${now} AND NOT EXISTS (
      SELECT FROM notification e WHERE e.incident_id = n.incident_id AND e.sent_at IS NULL AND e.abandoned_at IS NULL
        AND (e.created_at, e.kind) < (n.created_at, n.kind))
    ORDER BY n.created_at, n.id LIMIT ${most} FOR UPDATE SKIP LOCKED`
  const where = { id: { in: ids.map(({ id }) => id) } }
  await transaction.notification.updateMany({ where, data: { attempts: { increment: 1 }, nextAttemptAt: leaseEnd } })
  const rows = await transaction.notification.findMany({ where, orderBy: { createdAt: 'asc' } })
  return rows.map(notificationFromRow)
}

function notificationFromRow({ id, kind, content, createdAt, attempts }: NotificationModel): ClaimedNotification {
  return { id, kind: kind as NotificationKind, createdAt, attempts, incident: incidentFromJson(content) }
}

function incidentFromJson(content: Prisma.JsonValue): Incident {
  const incident = content as unknown as Incident
  const time = (value: Date | null): Date | null => value && new Date(value)
  return {
    ...incident,
    openedAt: new Date(incident.openedAt),
    lastSeenAt: new Date(incident.lastSeenAt),
    resolvedAt: time(incident.resolvedAt),
    announcedAt: time(incident.announcedAt),
    extent: { ...incident.extent, oldestWindow: time(incident.extent.oldestWindow) },
  }
}
