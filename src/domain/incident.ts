import { type ExportErrorCode, exportErrors } from './errors.js'

/** What else can be an incident: no run fails with these codes. */
export const operationsProblems = {
  EXPORT_OVERDUE: {
    severity: 'critical',
    meaning: 'The files of a tenant are not published, although their expected time has passed.',
  },
  EXPORT_LEFT_PAUSED: {
    severity: 'warning',
    meaning: 'The export of a tenant has been paused for many days.',
  },
  FILE_UNUSUALLY_EMPTY: {
    severity: 'warning',
    meaning: 'A delta has no rows, although the deltas before it had many.',
  },
  NO_WORKER: { severity: 'critical', meaning: 'No worker takes tasks from the task queue.' },
  NO_API: { severity: 'critical', meaning: 'No API process responds.' },
  ISSUER_UNAVAILABLE: {
    severity: 'critical',
    meaning: 'The keys of the token issuer can’t be fetched, so that callers can’t log in.',
  },
  SCHEDULE_REJECTED: { severity: 'critical', meaning: 'Temporal rejects the schedule of a registration.' },
  SCHEDULE_MISSED_RUNS: { severity: 'warning', meaning: 'Temporal has missed or skipped runs of a schedule.' },
  CLOCK_SKEWED: {
    severity: 'warning',
    meaning: 'The clock of a process and the clock of Tidemark’s database differ.',
  },
} as const satisfies Readonly<Record<string, { severity: IncidentSeverity; meaning: string }>>

export type IncidentSeverity = 'critical' | 'warning'

export type IncidentCode = ExportErrorCode | keyof typeof operationsProblems

export function isOperationsProblem(code: IncidentCode): code is keyof typeof operationsProblems {
  return code in operationsProblems
}

export function severityOf(code: IncidentCode): IncidentSeverity {
  return isOperationsProblem(code) ? operationsProblems[code].severity : 'critical'
}

export function meaningOf(code: IncidentCode): string {
  return isOperationsProblem(code) ? operationsProblems[code].meaning : exportErrors[code].meaning
}

/** What an incident affects: a tenant, one of its entities, or no tenant at all. */
export interface Affected {
  readonly tenantId: string | null
  readonly entity: string | null
  /** The start of the oldest window that is not published; null if it is unknown, or if the first file is missing. */
  readonly since: Date | null
  readonly message: string
}

/** A failed attempt or run of a tenant. */
export interface ReportedFailure extends Affected {
  readonly code: ExportErrorCode
  readonly runId: string | null
  readonly workflowId: string | null
  readonly attempt: number | null
  /** Whether there is no other attempt in this run. */
  readonly isFinal: boolean
}
