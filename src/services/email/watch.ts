import type { EmailOutbox } from '../../database/email/outbox.js'
import { advance } from '../../domain/email/progress.js'
import type { Incidents } from '../incidents.js'
import type { WatchStep } from '../watch.js'
import { createEmailSender, type EmailSenderDependencies } from './sender.js'

export interface EmailWatchDependencies extends EmailSenderDependencies {
  readonly incidents: Pick<Incidents, 'observe'>
}

const everySeconds = 5
/** The most tenants that one question to the database returns. */
const tenantsAtOnce = 100
/** Operators are notified of a mail server that has not taken emails for this long. */
const failingMs = 5 * 60_000

/** Writes the emails of new events, and sends what waits. One process at a time takes each step. */
export function emailWatch(deps: EmailWatchDependencies): WatchStep[] {
  const send = createEmailSender(deps)
  return [
    { name: 'email-events', everySeconds, run: (signal) => readEvents(deps, signal) },
    {
      name: 'emails',
      everySeconds,
      run: async (signal) => {
        await send(signal)
        await reportFailingEmails(deps.outbox, deps.incidents)
      },
    },
  ]
}

async function readEvents(deps: EmailWatchDependencies, signal: AbortSignal): Promise<void> {
  const { outbox } = deps
  const now = await outbox.clock()
  let after = ''
  while (!signal.aborted) {
    const tenants = await outbox.tenantsWithEvents({ now, after, most: tenantsAtOnce })
    for (const tenantId of tenants) {
      if (!signal.aborted) await readEventsOf(deps, tenantId, now)
    }
    if (tenants.length < tenantsAtOnce) return
    after = tenants.at(-1) ?? after
  }
}

/** A tenant whose events can't be read does not delay the others. */
async function readEventsOf({ outbox, events }: EmailWatchDependencies, tenantId: string, now: Date): Promise<void> {
  try {
    await outbox.advance(tenantId, now, advance)
  } catch (error) {
    events.emailEventsNotRead(tenantId, error)
  }
}

/** Opens, updates or resolves the incident of the mail server. */
export async function reportFailingEmails(
  outbox: Pick<EmailOutbox, 'clock' | 'failing'>,
  incidents: Pick<Incidents, 'observe'>,
): Promise<void> {
  const failing = await outbox.failing(new Date((await outbox.clock()).getTime() - failingMs))
  const affected = failing && {
    ...{ tenantId: null, entity: null, since: null },
    message:
      `Emails can't be sent since ${failing.since.toISOString()}: ${failing.problem}. ` +
      `Emails that wait: ${failing.waiting}.`,
  }
  await incidents.observe('EMAIL_UNAVAILABLE', null, affected ? [affected] : [])
}
