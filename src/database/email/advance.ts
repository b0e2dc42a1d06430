import type { EmailKind } from '../../domain/email/kinds.js'
import type { Advance, EmailProgress } from '../../domain/email/progress.js'
import type { TenantEvent } from '../../domain/event.js'
import type { Transaction } from '../client.js'
import { eventFromRow } from '../event-store.js'
import { asJson, writeMessages } from './messages.js'

/** Decides what a recipient gets after events. */
export type Decide = (
  progress: EmailProgress,
  kinds: readonly EmailKind[],
  events: readonly TenantEvent[],
  now: Date,
) => Advance

/** The most events that one transaction reads. The next one continues. */
const eventsAtOnce = 500

/** Reads the events that the tenant's recipients have not seen, writes their emails, and moves their positions. The recipients are locked, so that several processes write no email twice. */
export async function advanceRecipients(
  transaction: Transaction,
  tenantId: string,
  now: Date,
  decide: Decide,
): Promise<void> {
  await transaction.$executeRaw`SELECT FROM email_recipient WHERE tenant_id = ${tenantId} ORDER BY id FOR UPDATE`
  const recipients = await transaction.emailRecipient.findMany({
    where: { tenantId, verifiedAt: { not: null }, unsubscribedAt: null, bouncingSince: null },
  })
  const positions = recipients.map(({ position }) => position)
  const from = positions.toSorted((a, b) => Number(a - b))[0]
  if (from === undefined) return
  const { events, through } = await eventsAfter(transaction, tenantId, from)
  for (const { id, position, kinds, progress } of recipients) {
    const unseen = events.filter(({ number }) => BigInt(number) > position)
    const next = decide(progress as EmailProgress, kinds as EmailKind[], unseen, now)
    await writeMessages(transaction, { tenantId, id }, next.messages, now)
    await transaction.emailRecipient.update({
      where: { tenantId_id: { tenantId, id } },
      data: {
        position: through > position ? through : position,
        progress: asJson(next.progress),
        dueAt: next.dueAt,
      },
    })
  }
}

/**
 * Events after that number, and up to which number they are complete. The last number is read first: an event that is committed
 * in between is left for the next time. Events that were removed because of their age leave a gap.
 */
async function eventsAfter(
  transaction: Transaction,
  tenantId: string,
  from: bigint,
): Promise<{ readonly events: readonly TenantEvent[]; readonly through: bigint }> {
  const last = (await transaction.eventPosition.findUnique({ where: { tenantId } }))?.last ?? 0n
  const rows = await transaction.tenantEvent.findMany({
    where: { tenantId, number: { gt: from, lte: last } },
    orderBy: { number: 'asc' },
    take: eventsAtOnce,
  })
  const isComplete = rows.length < eventsAtOnce
  return { events: rows.map(eventFromRow), through: isComplete ? last : (rows.at(-1)?.number ?? last) }
}
