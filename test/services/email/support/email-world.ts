import { type Database, openDatabase } from '../../../../src/database/client.js'
import { createEmailOutbox, type EmailOutbox } from '../../../../src/database/email/outbox.js'
import type { Actor } from '../../../../src/domain/actor.js'
import type { EmailKind } from '../../../../src/domain/email/kinds.js'
import type { NewEvent } from '../../../../src/domain/event.js'
import { createMailer } from '../../../../src/email/mailer.js'
import { createEmailLinks, type EmailLinks } from '../../../../src/services/email/links.js'
import { createEmailRecipients, type EmailRecipients } from '../../../../src/services/email/recipients.js'
import { emailWatch } from '../../../../src/services/email/watch.js'
import { createEvents } from '../../../../src/telemetry/create-events.js'
import { createLogger } from '../../../../src/telemetry/logger.js'
import { linkIn } from '../../../support/smtp/parse-email.js'
import { type MailServer } from '../../../support/smtp/mail-server.js'
import { anActor } from '../../../support/world/builders.js'
import { newTenant, openStores, type Stores } from '../../../support/world/stores.js'
import { recordIncidents, type RecordedIncidents } from '../../support/recorded-incidents.js'

export const linkBase = 'https://tidemark.example.com'
const signal = new AbortController().signal

/** A process of Tidemark that sends emails. */
export interface EmailProcess extends AsyncDisposable {
  readonly outbox: EmailOutbox
  readonly incidents: RecordedIncidents
  /** Reads the events, and sends what is due, once. */
  look(): Promise<void>
  readEvents(): Promise<void>
  send(): Promise<void>
}

/** The real use cases and steps over a database of the test's own. */
export interface EmailWorld extends AsyncDisposable {
  readonly stores: Stores
  readonly recipients: EmailRecipients
  readonly links: EmailLinks
  /** The log, a line each. */
  readonly log: string[]
  /** A process that sends over the server at that port. It is closed with the world. */
  process(port: number): EmailProcess
  happen(tenantId: string, ...events: NewEvent[]): Promise<void>
  /** Makes every email that waits due now. */
  makeDue(): Promise<void>
  /** A new tenant with a verified recipient. */
  verified(
    smtp: MailServer,
    ...kinds: EmailKind[]
  ): Promise<{ readonly actor: Actor; readonly email: string; readonly id: string }>
}

export async function openEmailWorld(): Promise<EmailWorld> {
  const stores = await openStores()
  const log: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void log.push(line) } })
  const events = createEvents(logger)
  const recipients = createEmailRecipients({ ...stores, isAvailable: true, events })
  const links = createEmailLinks({ ...stores, events })
  const databases: Database[] = []

  const process = (port: number): EmailProcess => {
    const database = openDatabase({ url: stores.serviceUrl, poolSize: 6 })
    databases.push(database)
    const outbox = createEmailOutbox(database)
    const incidents = recordIncidents()
    const server = { host: '127.0.0.1', port, isSecure: false, requiresTls: false }
    const from = { name: '', address: 'exports@example.com' }
    const mailer = createMailer({ ...server, authorities: undefined, login: undefined, from })
    const steps = emailWatch({ outbox, mailer, linkBase, consoleUrl: null, events, incidents })
    const take = (name: string) => async (): Promise<void> => {
      await steps.find((step) => step.name === name)?.run(signal)
    }
    const [readEvents, send] = [take('email-events'), take('emails')]
    return {
      ...{ outbox, incidents, readEvents, send },
      look: () => readEvents().then(send),
      [Symbol.asyncDispose]: async () => {
        databases.splice(databases.indexOf(database), 1)
        await database.close()
      },
    }
  }
  let count = 0
  return {
    ...{ stores, recipients, links, log, process },
    happen: async (tenantId, ...given) => {
      await stores.transact(tenantId, (unit) => unit.events.keep(...given))
    },
    makeDue: async () => {
      await stores.query("UPDATE email_message SET next_attempt_at = now() - interval '1 second'")
    },
    verified: async (smtp, ...kinds) => {
      const actor = anActor(newTenant(), 'admin-1')
      count += 1
      const email = `reader-${count}@example.com`
      const added = await recipients.add(actor, { email, ...(kinds.length > 0 && { kinds }) })
      if (!added.ok) throw new Error(added.userErrors[0]?.message)
      await using sender = process(smtp.port)
      await sender.send()
      const [verification] = smtp.to(email)
      if (!verification || !(await links.verify(tokenIn(verification, 'verify'), '192.0.2.7'))) {
        throw new Error('the address was not verified')
      }
      return { actor, email, id: added.value.id }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(databases.map((database) => database.close()))
      await stores[Symbol.asyncDispose]()
    },
  }
}

/** The token of the link in an email. */
export function tokenIn(email: { readonly text: string }, action: 'verify' | 'unsubscribe'): string {
  return new URL(linkIn(email, `/email/${action}`)).searchParams.get('token') ?? ''
}
