import { createHash, randomBytes } from 'node:crypto'
import type { EmailContent } from '../../domain/email/content.js'
import { purposeOf } from '../../domain/email/outgoing.js'
import { emailTokenMs, mostRefusals } from '../../domain/email/recipient.js'
import { Prisma } from '../../generated/prisma/client.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { advanceRecipients, type Decide } from './advance.js'

/** An email that this process sends now. */
export interface ClaimedEmail {
  readonly tenantId: string
  readonly id: string
  readonly recipientId: string
  readonly to: string
  readonly content: EmailContent
  /** The token for the link in it. Only its hash is stored. */
  readonly token: string
  readonly createdAt: Date
  /** The number of attempts, this one included. */
  readonly attempts: number
}

/** Which tenants, in the order of their ids. */
export interface TenantRange {
  readonly now: Date
  /** Only tenants after this id. */
  readonly after: string
  readonly most: number
}

export interface SendFailure {
  readonly at: Date
  readonly problem: string
  /** Whether it counts as a failure of the mail server, which operators are notified of. */
  readonly isServer: boolean
  readonly next: Date | null
}

/** Emails that the mail server does not take. */
export interface FailingEmails {
  readonly since: Date
  readonly problem: string
  /** The number of all emails that wait. */
  readonly waiting: number
}

/** The outbox of emails to tenants. Each method is one transaction. */
export interface EmailOutbox {
  /** The time by the clock of the database, which all processes share. */
  clock(): Promise<Date>
  /** Tenants with events that a recipient has not seen, or with an email that is due without an event. */
  tenantsWithEvents(range: TenantRange): Promise<string[]>
  /** Reads the events that the tenant's recipients have not seen, writes their emails, and moves their positions. */
  advance(tenantId: string, now: Date, decide: Decide): Promise<void>
  /** Tenants with an email to be sent now. */
  tenantsWithDue(range: TenantRange): Promise<string[]>
  /**
   * Claims the oldest email of each recipient that is due. Another process does not claim it until `leaseEnd`. Its link is
   * valid from now on.
   */
  claim(tenantId: string, lease: { readonly now: Date; readonly leaseEnd: Date }): Promise<ClaimedEmail[]>
  /** Removes the email. */
  recordSent(email: ClaimedEmail, at: Date): Promise<void>
  /** Without a next time, the email is given up, and removed. */
  recordFailed(email: ClaimedEmail, failure: SendFailure): Promise<void>
  /** Counts the refusal of the address. After the last one, the recipient is bouncing, and its emails are removed. */
  recordRefused(email: ClaimedEmail, refusal: { at: Date; problem: string; next: Date }): Promise<void>
  /** Emails that have failed since before that time; undefined if there are none. */
  failing(before: Date): Promise<FailingEmails | undefined>
}

export function createEmailOutbox(database: Database): EmailOutbox {
  return withTypedErrors<EmailOutbox>({
    clock: () =>
      database.forOperations(async (transaction) => {
        const [row] = await transaction.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
        if (!row) throw new Error('the database returns no time')
        return row.now
      }),
    tenantsWithEvents: ({ now, after, most }) =>
      database.tenantIds(Prisma.sql`tenants_with_email_events(${now}, ${after}, ${most}::int)`),
    advance: (tenantId, now, decide) =>
      database.forTenant(tenantId, (transaction) => advanceRecipients(transaction, tenantId, now, decide)),
    tenantsWithDue: ({ now, after, most }) =>
      database.tenantIds(Prisma.sql`tenants_with_due_emails(${now}, ${after}, ${most}::int)`),
    claim: (tenantId, lease) => database.forTenant(tenantId, (transaction) => claimDue(transaction, tenantId, lease)),
    recordSent: ({ tenantId, id, recipientId }, at) =>
      database.forTenant(tenantId, async (transaction) => {
        await transaction.emailMessage.deleteMany({ where: { tenantId, id } })
        const data = { lastSentAt: at, refusals: 0, problem: null }
        await transaction.emailRecipient.updateMany({ where: { tenantId, id: recipientId }, data })
      }),
    recordFailed: ({ tenantId, id }, failure) =>
      database.forTenant(tenantId, (transaction) => recordFailed(transaction, { tenantId, id }, failure)),
    recordRefused: (email, refusal) =>
      database.forTenant(email.tenantId, (transaction) => recordRefused(transaction, email, refusal)),
    failing: async (before) => {
      const [found] = await database.tenantIds(Prisma.sql`failing_emails(${before})`)
      if (found === undefined) return undefined
      const { since, problem, waiting } = JSON.parse(found) as { since: string; problem: string; waiting: number }
      return { since: new Date(since), problem, waiting }
    },
  })
}

/** An email waits for the earlier ones of its recipient, so that a problem is not over before it has begun. */
async function claimDue(
  transaction: Transaction,
  tenantId: string,
  { now, leaseEnd }: { readonly now: Date; readonly leaseEnd: Date },
): Promise<ClaimedEmail[]> {
  const ids = await transaction.$queryRaw<{ id: string }[]>`
    SELECT m.id::text AS id FROM email_message m
    WHERE m.tenant_id = ${tenantId} AND m.next_attempt_at <= ${now} AND NOT EXISTS (
      SELECT FROM email_message e
      WHERE e.tenant_id = m.tenant_id AND e.recipient_id = m.recipient_id AND e.created_at < m.created_at)
    ORDER BY m.created_at FOR UPDATE SKIP LOCKED`
  const where = { tenantId, id: { in: ids.map(({ id }) => id) } }
  await transaction.emailMessage.updateMany({ where, data: { attempts: { increment: 1 }, nextAttemptAt: leaseEnd } })
  const rows = await transaction.emailMessage.findMany({
    where,
    include: { recipient: { select: { email: true } } },
    orderBy: { createdAt: 'asc' },
  })
  const claimed = rows.map(({ id, recipientId, recipient, content, createdAt, attempts }) => ({
    ...{ tenantId, id, recipientId, to: recipient.email, createdAt, attempts },
    content: content as unknown as EmailContent,
    token: randomBytes(32).toString('base64url'),
  }))
  await writeTokens(transaction, tenantId, claimed, now)
  return claimed
}

async function writeTokens(
  transaction: Transaction,
  tenantId: string,
  claimed: readonly ClaimedEmail[],
  now: Date,
): Promise<void> {
  if (claimed.length === 0) return
  await transaction.emailToken.deleteMany({ where: { tenantId, expiresAt: { lt: now } } })
  const data = claimed.map(({ recipientId, content, token }) => {
    const purpose = purposeOf(content)
    const expiresAt = new Date(now.getTime() + emailTokenMs[purpose])
    return { tokenHash: createHash('sha256').update(token).digest(), tenantId, recipientId, purpose, expiresAt }
  })
  await transaction.emailToken.createMany({ data })
}

async function recordFailed(
  transaction: Transaction,
  key: { readonly tenantId: string; readonly id: string },
  { at, problem, isServer, next }: SendFailure,
): Promise<void> {
  if (next === null) {
    await transaction.emailMessage.deleteMany({ where: key })
    return
  }
  await transaction.emailMessage.updateMany({ where: key, data: { problem, nextAttemptAt: next } })
  const isFirst = { ...key, failingSince: null }
  if (isServer) await transaction.emailMessage.updateMany({ where: isFirst, data: { failingSince: at } })
}

async function recordRefused(
  transaction: Transaction,
  { tenantId, id, recipientId }: ClaimedEmail,
  { at, problem, next }: { at: Date; problem: string; next: Date },
): Promise<void> {
  const where = { tenantId, id: recipientId }
  await transaction.emailMessage.updateMany({
    where: { tenantId, id },
    data: { nextAttemptAt: next, failingSince: null },
  })
  await transaction.emailRecipient.updateMany({ where, data: { problem, refusals: { increment: 1 } } })
  const { count } = await transaction.emailRecipient.updateMany({
    where: { ...where, refusals: { gte: mostRefusals } },
    data: { bouncingSince: at, progress: {}, dueAt: null },
  })
  if (count > 0) await transaction.emailMessage.deleteMany({ where: { tenantId, recipientId } })
}
