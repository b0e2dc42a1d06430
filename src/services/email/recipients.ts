import { randomUUID } from 'node:crypto'
import type { EmailRecipientStore } from '../../database/email/recipient-store.js'
import type { Transact, UnitOfWork } from '../../database/unit-of-work/unit-of-work.js'
import { type Actor, authorOf } from '../../domain/actor.js'
import { type AuditAction, auditEntry } from '../../domain/audit.js'
import { mailboxKey, maskedAddress, parseEmailAddress } from '../../domain/email/address.js'
import { defaultEmailKinds, type EmailKind, emailKinds, sortedKinds } from '../../domain/email/kinds.js'
import {
  type EmailRecipient,
  type EmailRecipientState,
  mostEmailRecipients,
  stateOf,
  verificationsPerHour,
} from '../../domain/email/recipient.js'
import { namesOf } from '../../domain/described.js'
import { isUuid } from '../../domain/uuid.js'
import type { Events } from '../../telemetry/events.js'
import { ok, type Outcome, type Refusal, refused } from '../outcome.js'
import { type UserError, userError } from '../user-error.js'
import { sha256 } from './token.js'

/** A recipient as its tenant sees it. */
export interface EmailRecipientView extends EmailRecipient {
  readonly state: EmailRecipientState
}

export interface EmailRecipientsView {
  readonly tenantId: string
  /** Whether emails can be sent: the operator has set SMTP_URL. */
  readonly isAvailable: boolean
  /** In the order in which they were added. */
  readonly recipients: readonly EmailRecipientView[]
}

/** The use cases around the addresses that a tenant wants email at. The tenant is always the actor's. */
export interface EmailRecipients {
  list(actor: Actor): Promise<EmailRecipientsView>
  /** Adds an address, and sends the email with the link that verifies it. Without kinds, it gets {@link defaultEmailKinds}. */
  add(
    actor: Actor,
    input: { readonly email: string; readonly kinds?: readonly EmailKind[] | null | undefined },
  ): Promise<Outcome<EmailRecipientView>>
  /** Changes what an address gets. */
  change(actor: Actor, id: string, kinds: readonly EmailKind[]): Promise<Outcome<EmailRecipientView>>
  /** Removes an address. It gets nothing more, not even an email that waits. */
  remove(actor: Actor, id: string): Promise<Outcome<EmailRecipientView>>
  /** Sends the email with the link once more. Earlier links end. */
  resendVerification(actor: Actor, id: string): Promise<Outcome<EmailRecipientView>>
}

export interface EmailRecipientsDependencies {
  readonly transact: Transact
  readonly emailRecipients: EmailRecipientStore
  readonly isAvailable: boolean
  readonly events: Pick<Events, 'emailRecipientChanged'>
}

export function createEmailRecipients(deps: EmailRecipientsDependencies): EmailRecipients {
  const { emailRecipients, isAvailable } = deps
  return {
    list: async ({ tenantId }) => ({
      ...{ tenantId, isAvailable },
      recipients: (await emailRecipients.list(tenantId)).map(viewOf),
    }),
    add: (actor, input) => add(deps, actor, input),
    change: (actor, id, kinds) => change(deps, actor, id, kinds),
    remove: (actor, id) =>
      withRecipient(deps, actor, id, 'EMAIL_RECIPIENT_REMOVED', async ({ email }, recipient) => {
        await email.remove(recipient.id)
        return ok(recipient)
      }),
    resendVerification: (actor, id) => resendVerification(deps, actor, id),
  }
}

export function viewOf(recipient: EmailRecipient): EmailRecipientView {
  return { ...recipient, state: stateOf(recipient) }
}

/** What the audit log says of a recipient, beside its id. The log is kept longer than the recipient, so the address is masked. */
export function described({ email, kinds }: Pick<EmailRecipient, 'email' | 'kinds'>) {
  return { email: maskedAddress(email), kinds }
}

async function add(
  deps: EmailRecipientsDependencies,
  actor: Actor,
  input: { readonly email: string; readonly kinds?: readonly EmailKind[] | null | undefined },
): Promise<Outcome<EmailRecipientView>> {
  if (!deps.isAvailable) return notConfigured
  const { tenantId } = actor
  const address = parseEmailAddress(input.email)
  const kinds = sortedKinds(input.kinds ?? defaultEmailKinds)
  const problems = [...(address === undefined ? [invalidAddress] : []), ...(kinds.length === 0 ? [noKinds] : [])]
  if (address === undefined || problems.length > 0) return { ok: false, userErrors: problems }
  const known = refusalOf(address, await deps.emailRecipients.list(tenantId))
  if (known) return { ok: false, userErrors: [known] }
  if (!(await usePermits(deps, tenantId, address))) return tooMany(['email'])
  const state = { verifiedAt: null, unsubscribedAt: null, bouncingSince: null, problem: null, lastSentAt: null }
  const now = new Date()
  const recipient = { id: randomUUID(), email: address, kinds, addedAt: now, addedBy: authorOf(actor), ...state }
  const refusal = await deps.transact(
    tenantId,
    async ({ email, audit }) => {
      const problem = refusalOf(address, await email.list())
      if (problem) return problem
      await email.add(recipient)
      await email.requestVerification(recipient.id, now)
      const details = { target: recipient.id, after: described(recipient) }
      await audit.keep(auditEntry(actor, 'EMAIL_RECIPIENT_ADDED', details))
      return undefined
    },
    { lock: 'email' },
  )
  if (refusal) return { ok: false, userErrors: [refusal] }
  deps.events.emailRecipientChanged(actor, recipient.id, 'EMAIL_RECIPIENT_ADDED')
  return ok(viewOf(recipient))
}

async function change(
  deps: EmailRecipientsDependencies,
  actor: Actor,
  id: string,
  given: readonly EmailKind[],
): Promise<Outcome<EmailRecipientView>> {
  const kinds = sortedKinds(given)
  if (kinds.length === 0) return { ok: false, userErrors: [noKinds] }
  return withRecipient(deps, actor, id, 'EMAIL_RECIPIENT_CHANGED', async ({ email }, recipient) => {
    await email.setKinds(recipient.id, kinds)
    return ok({ ...recipient, kinds })
  })
}

async function resendVerification(
  deps: EmailRecipientsDependencies,
  actor: Actor,
  id: string,
): Promise<Outcome<EmailRecipientView>> {
  if (!deps.isAvailable) return notConfigured
  const recipient = (await deps.emailRecipients.list(actor.tenantId)).find((each) => each.id === id.toLowerCase())
  if (!recipient) return noSuchRecipient
  if (stateOf(recipient) === 'VERIFIED') return alreadyVerified
  if (!(await usePermits(deps, actor.tenantId, recipient.email))) return tooMany(['id'])
  return withRecipient(deps, actor, id, 'EMAIL_VERIFICATION_REQUESTED', async ({ email }, found) => {
    if (stateOf(found) === 'VERIFIED') return alreadyVerified
    await email.requestVerification(found.id, new Date())
    return ok(found)
  })
}

/** Does something with a recipient, and records it. */
async function withRecipient(
  { transact, events }: EmailRecipientsDependencies,
  actor: Actor,
  given: string,
  action: AuditAction,
  work: (unit: UnitOfWork, recipient: EmailRecipient) => Promise<Outcome<EmailRecipient>>,
): Promise<Outcome<EmailRecipientView>> {
  const id = given.toLowerCase()
  if (!isUuid(id)) return noSuchRecipient
  const outcome = await transact<Outcome<EmailRecipient>>(
    actor.tenantId,
    async (unit) => {
      const recipient = (await unit.email.list()).find((each) => each.id === id)
      if (!recipient) return noSuchRecipient
      const done = await work(unit, recipient)
      if (!done.ok) return done
      const after = action === 'EMAIL_RECIPIENT_REMOVED' ? null : described(done.value)
      await unit.audit.keep(auditEntry(actor, action, { target: id, before: described(recipient), after }))
      return done
    },
    { lock: 'email' },
  )
  if (!outcome.ok) return outcome
  events.emailRecipientChanged(actor, id, action)
  return ok(viewOf(outcome.value))
}

/** The limit of the mailbox holds for all tenants together, so that they can't fill it together. */
async function usePermits(
  { emailRecipients }: EmailRecipientsDependencies,
  tenantId: string,
  address: string,
): Promise<boolean> {
  const { mailbox, tenant } = verificationsPerHour
  if (!(await emailRecipients.usePermit(sha256(`tenant ${tenantId}`), tenant))) return false
  return emailRecipients.usePermit(sha256(`mailbox ${mailboxKey(address)}`), mailbox)
}

function refusalOf(address: string, recipients: readonly EmailRecipient[]): UserError | undefined {
  if (recipients.some(({ email }) => email.toLowerCase() === address.toLowerCase())) {
    const message = 'This address is a recipient already. Change its kinds, or remove it first. Nothing was changed.'
    return userError('EMAIL_ALREADY_ADDED', message, ['email'])
  }
  if (recipients.length < mostEmailRecipients) return undefined
  const message = `There are ${mostEmailRecipients} recipients already, which is the maximum. Remove one first.`
  return userError('TOO_MANY_EMAIL_RECIPIENTS', message, ['email'])
}

const invalidAddress = userError(
  'INVALID_EMAIL',
  'email is not an address such as ana@example.com, with a full domain name and only ASCII characters.',
  ['email'],
)

const noKinds = userError(
  'INVALID_EMAIL_KINDS',
  'kinds is empty. Choose at least one, or remove the recipient.',
  ['kinds'],
  {
    allowedValues: namesOf(emailKinds),
  },
)

const noSuchRecipient = refused(
  'NO_SUCH_EMAIL_RECIPIENT',
  'There is no recipient with that id. The query `exportEmailRecipients { recipients { id } }` lists the ids.',
  ['id'],
)

const notConfigured = refused(
  'EMAIL_NOT_CONFIGURED',
  'Emails cannot be sent, because the operator of the platform has not set SMTP_URL. Nothing was changed.',
)

const alreadyVerified = refused('EMAIL_ALREADY_VERIFIED', 'The address is verified already. No email was sent.', ['id'])

function tooMany(path: readonly string[]): Refusal {
  const { mailbox, tenant } = verificationsPerHour
  const message =
    `In an hour, at most ${mailbox} verification emails go to an address and at most ${tenant} are sent for a tenant. ` +
    'Look for an earlier email, or try again in an hour. Nothing was changed.'
  return refused('TOO_MANY_VERIFICATIONS', message, path)
}
