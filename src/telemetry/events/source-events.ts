import { exportErrors } from '../../domain/errors.js'
import type { IncidentReports } from '../../domain/incident.js'
import { inWords, isRefusal } from '../../domain/source-finding.js'
import type { Events } from '../events.js'
import type { Logger } from '../logger.js'
import { described } from './described.js'

export function sourceEvents(logger: Logger, incidents: IncidentReports) {
  return {
    sourceChecked: (entity, findings) => {
      const [refusals, warnings] = [findings.filter(isRefusal), findings.filter((finding) => !isRefusal(finding))]
      if (refusals.length > 0) {
        logger.error(
          { entity, problems: refusals.map(inWords) },
          'the source table can’t be exported; check-source prints the fix',
        )
      }
      if (warnings.length > 0) {
        logger.warn({ entity, problems: warnings.map(inWords) }, 'the source may lose rows or slow reads down')
      }
    },
    sourceRefused: (refused) => {
      for (const { entity, code } of refused) {
        const message = `${exportErrors[code].meaning} The command check-source names the cause and the fix.`
        void incidents.reportFinding(code, { tenantId: null, entity, since: null, message })
      }
    },
    sourceNotChecked: (error) => logger.warn({ error: described(error) }, 'the source could not be checked'),
    sourceRead: ({ entity, tenantId, findings }) => {
      for (const finding of findings) {
        if (isRefusal(finding)) {
          const message = `${inWords(finding)}. Tidemark still delivers files. After the fix, request a full load.`
          void incidents.reportFinding(finding.code, { tenantId: null, entity, since: null, message })
        } else if (finding.code === 'SOURCE_ROWS_AHEAD') {
          const about = { tenantId, entity, since: null, message: inWords(finding) }
          void incidents.reportFinding('SOURCE_ROWS_UNDECIDED', about)
        }
      }
    },
    sourceHeld: (read) => logger.warn({ ...read }, 'a read still holds a transaction of the source'),
  } satisfies Partial<Events>
}
