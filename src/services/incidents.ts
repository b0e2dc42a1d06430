import type { Affected, IncidentCode, ReportedFailure } from '../domain/incident.js'

/**
 * Incidents: each is one cause of failures, over all tenants, from its opening to its resolution. They are stored in Tidemark's
 * database, so that several processes share them. No method throws: if the database is unavailable, the log and the webhook
 * get the problem directly.
 */
export interface Incidents {
  /** A failed attempt or run. It opens the incident of its cause, or adds to it. */
  report(failure: ReportedFailure): Promise<void>
  /**
   * What is true now of one code and subject, such as `NO_WORKER` and the name of the task queue. It opens the incident, updates
   * what it affects, or resolves it if `affected` is empty.
   */
  observe(code: IncidentCode, subject: string, affected: readonly Affected[]): Promise<void>
}
