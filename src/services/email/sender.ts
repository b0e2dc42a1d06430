import type { ClaimedEmail, EmailOutbox } from '../../database/email/outbox.js'
import { outgoingEmail, purposeOf, type SendResult } from '../../domain/email/outgoing.js'
import { nextPost } from '../../domain/incident-notification.js'
import { inParallel } from '../../domain/in-parallel.js'
import type { Mailer } from '../../email/mailer.js'
import type { Events } from '../../telemetry/events.js'

export interface EmailSenderDependencies {
  readonly outbox: EmailOutbox
  readonly mailer: Mailer
  /** The base of links in emails, without a slash at its end. */
  readonly linkBase: string
  /** Null if there is no console. */
  readonly consoleUrl: string | null
  readonly events: Pick<Events, 'emailEventsNotRead' | 'emailNotSent'>
}

/** How long another process leaves a claimed email alone. An attempt takes less. */
const leaseMs = 120_000
const tenantsAtOnce = 100
const sendsAtOnce = 4
/** The least time between two attempts at an address that the mail server refuses. */
const refusedPauseMs = 10 * 60_000

/**
 * Sends the emails that are due. If the mail server can't be reached, the others wait for the next call. An email is sent at
 * least once: if the process dies after the server has accepted it, another process sends it again, with the same Message-ID.
 */
export function createEmailSender(deps: EmailSenderDependencies): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const now = await deps.outbox.clock()
    const pass = { isServerAway: false }
    let after = ''
    while (!signal.aborted && !pass.isServerAway) {
      const tenants = await deps.outbox.tenantsWithDue({ now, after, most: tenantsAtOnce })
      await inParallel(tenants, sendsAtOnce, async (tenantId) => {
        if (!signal.aborted && !pass.isServerAway) await sendOfTenant(deps, tenantId, pass)
      })
      if (tenants.length < tenantsAtOnce) return
      after = tenants.at(-1) ?? after
    }
  }
}

/** After a failure of the server, the other claimed emails get no attempt of their own. */
async function sendOfTenant(
  deps: EmailSenderDependencies,
  tenantId: string,
  pass: { isServerAway: boolean },
): Promise<void> {
  const now = await deps.outbox.clock()
  const claimed = await deps.outbox.claim(tenantId, { now, leaseEnd: new Date(now.getTime() + leaseMs) })
  let failure: SendResult | undefined
  for (const email of claimed) {
    const result = failure ?? (await deps.mailer.send(outgoing(deps, email)))
    if (result.outcome === 'FAILED' && result.isServer) failure = result
    await record(deps, email, result)
  }
  if (failure) pass.isServerAway = true
}

function outgoing({ linkBase, consoleUrl }: EmailSenderDependencies, email: ClaimedEmail) {
  const path = purposeOf(email.content) === 'VERIFY' ? 'verify' : 'unsubscribe'
  const tokenUrl = `${linkBase}/email/${path}?token=${email.token}`
  return outgoingEmail(email, { tenantId: email.tenantId, tokenUrl, consoleUrl })
}

async function record(
  { outbox, events }: EmailSenderDependencies,
  email: ClaimedEmail,
  result: SendResult,
): Promise<void> {
  const at = await outbox.clock()
  if (result.outcome === 'SENT') return outbox.recordSent(email, at)
  const { problem } = result
  const usual = nextPost(email, at)
  if (result.outcome === 'REFUSED') {
    const next = new Date(Math.max(at.getTime() + refusedPauseMs, usual?.getTime() ?? 0))
    events.emailNotSent(email, problem, next)
    return outbox.recordRefused(email, { at, problem: `The mail server refuses the address (${problem}).`, next })
  }
  events.emailNotSent(email, problem, usual)
  return outbox.recordFailed(email, { at, problem, isServer: result.isServer, next: usual })
}
