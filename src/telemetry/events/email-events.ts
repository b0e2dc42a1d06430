import type { Events } from '../events.js'
import type { Logger } from '../logger.js'
import { described } from './described.js'

/** No line has an address: it names the recipient or the email by its id. */
export function emailEvents(logger: Logger) {
  return {
    emailRecipientChanged: ({ tenantId, subject }, id, action) =>
      logger.info({ tenantId, subject, id, action }, 'recipient of email changed'),
    emailNotSent: ({ tenantId, id, attempts }, problem, next) =>
      logger[next ? 'warn' : 'error'](
        { tenantId, id, attempts, problem, next },
        next ? 'an email could not be sent; Tidemark tries again' : 'an email could not be sent, and is given up',
      ),
    emailEventsNotRead: (tenantId, error) =>
      logger.error({ tenantId, error: described(error) }, 'the emails of a tenant could not be written'),
  } satisfies Partial<Events>
}
