import { asExportError, type ExportErrorCode } from '../../domain/errors.js'
import type { IncidentReports } from '../../domain/incident.js'
import type { Events } from '../events.js'
import type { Logger } from '../logger.js'
import { described } from './described.js'

export function registrationEvents(logger: Logger, incidents: IncidentReports) {
  /** The codes of the failures since the last reconciliation. An earlier process may have reported that Temporal is away. */
  const unsettled = new Set<ExportErrorCode>(['TEMPORAL_UNAVAILABLE'])
  let isFailing = false
  return {
    registrationReplaced: ({ tenantId, version, exportOption, frequency, updatedBy }, diff) =>
      logger.info({ tenantId, version, exportOption, frequency, updatedBy, ...diff }, 'registration replaced'),
    exportPaused: ({ tenantId, subject }, isPaused) =>
      logger.info({ tenantId, subject }, isPaused ? 'export paused' : 'export resumed'),
    fullLoadRequested: ({ tenantId, subject }, entities) =>
      logger.info({ tenantId, requestedBy: subject, entities }, 'full load requested'),
    scheduleSynced: (tenantId) => logger.info({ tenantId }, 'schedule matches its registration'),
    scheduleSyncFailed: (tenantId, error) => {
      logger.warn(
        { tenantId, error: described(error) },
        'the schedule could not be updated to match its registration; Tidemark tries again',
      )
      const { code, message } = asExportError(error)
      // During an outage the reconciler reports it for all tenants.
      if (code.endsWith('_UNAVAILABLE')) return
      void incidents.report({ ...noSubject, code: 'SCHEDULE_REJECTED', tenantId, message })
    },
    schedulesLeft: (count) =>
      logger.info({ count }, 'schedules are pending; the reconciler of the next process updates them'),
    reconcileFailed: (error, count) => {
      const { code, message } = asExportError(error)
      if (count === 1) {
        logger.warn({ error: described(error) }, 'schedules could not be reconciled; further failures are not logged')
      }
      isFailing = true
      unsettled.add(code)
      const about = { tenantId: null, entity: null, since: null, message: `Schedules can’t be reconciled: ${message}` }
      void incidents.observe(code, null, [about])
    },
    reconciledAgain: () => {
      for (const code of unsettled) void incidents.observe(code, null, [])
      unsettled.clear()
      if (isFailing) logger.info('schedules are reconciled again')
      isFailing = false
    },
    orphanRemoved: (tenantId) => logger.warn({ tenantId }, 'removed a schedule that has no registration'),
    watchStepFailed: (step, error) =>
      logger.warn(
        { step, error: described(error) },
        'a step of the watch loop failed; further failures are not logged',
      ),
    watchStepRecovered: (step) => logger.info({ step }, 'a step of the watch loop works again'),
    lostRunsNotEnded: (tenantId, error) =>
      logger.warn({ tenantId, error: described(error) }, 'lost runs of a tenant could not be ended'),
  } satisfies Partial<Events>
}

/** What concerns no run. */
const noSubject = { runId: null, workflowId: null, entity: null, since: null, attempt: null, isFinal: false }
