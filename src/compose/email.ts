import type { Config } from '../config/config.js'
import { createEmailOutbox } from '../database/email/outbox.js'
import { createMailer } from '../email/mailer.js'
import { emailWatch } from '../services/email/watch.js'
import type { WatchStep } from '../services/watch.js'
import type { Shared } from './shared.js'

/** The steps of the watch loop that write and send emails to tenants. None without SMTP_URL. */
export function composeEmail(
  { email, console }: Pick<Config, 'email' | 'console'>,
  { database, events, incidents }: Pick<Shared, 'database' | 'events' | 'incidents'>,
): WatchStep[] {
  if (!email) return []
  const { linkBase, ...mailer } = email
  return emailWatch({
    outbox: createEmailOutbox(database),
    mailer: createMailer(mailer),
    linkBase,
    consoleUrl: console ? `${linkBase}/console/` : null,
    events,
    incidents,
  })
}
