import { type IncidentReports, noIncidentReports } from '../domain/incident.js'
import type { Events } from './events.js'
import { accessEvents } from './events/access-events.js'
import { emailEvents } from './events/email-events.js'
import { publicationEvents } from './events/publication-events.js'
import { registrationEvents } from './events/registration-events.js'
import { runEvents } from './events/run-events.js'
import { serverEvents } from './events/server-events.js'
import { sourceEvents } from './events/source-events.js'
import type { Logger } from './logger.js'

/** Failures are logged, and reported to their incidents. */
export function createEvents(logger: Logger, incidents: IncidentReports = noIncidentReports): Events {
  return {
    ...registrationEvents(logger, incidents),
    ...sourceEvents(logger, incidents),
    ...runEvents(logger, incidents),
    ...publicationEvents(logger),
    ...serverEvents(logger),
    ...accessEvents(logger),
    ...emailEvents(logger),
  }
}
