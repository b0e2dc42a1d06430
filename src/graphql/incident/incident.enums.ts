import { meaningsOf } from '../../domain/described.js'
import { exportErrors } from '../../domain/errors.js'
import { incidentSeverities, incidentStatuses, operationsProblems } from '../../domain/incident.js'
import { enumOf } from '../enum.js'

export const ExportIncidentCode = enumOf('ExportIncidentCode', 'The code of an incident.', {
  ...meaningsOf(exportErrors),
  ...meaningsOf(operationsProblems),
})

export const ExportIncidentSeverity = enumOf(
  'ExportIncidentSeverity',
  'How much an incident matters.',
  incidentSeverities,
)

export const ExportIncidentStatus = enumOf('ExportIncidentStatus', 'Whether an incident has ended.', incidentStatuses)
