import { type ExportErrorCode, exportErrors } from './errors.js'

export const incidentSeverities = {
  critical: 'Files are missing, or will be: an operator acts now.',
  warning: 'Something is unusual: an operator looks at it during the day.',
} as const
export type IncidentSeverity = keyof typeof incidentSeverities

export const incidentStatuses = {
  open: 'The cause lasts, or something that it affects is not delivered yet.',
  resolved: 'The cause has ended, and everything that it affected is delivered or no longer exported.',
} as const
export type IncidentStatus = keyof typeof incidentStatuses

interface OperationsProblem {
  readonly severity: IncidentSeverity
  /** Whether it may end within a minute without a person. Then it is announced only if it lasts longer than the delay. */
  readonly heals: boolean
  readonly meaning: string
  /** What the operator does, in one or two sentences. */
  readonly remedy: string
}

/** What else can be an incident: no run fails with these codes. */
export const operationsProblems = {
  EXPORT_OVERDUE: {
    severity: 'critical',
    heals: false,
    meaning: 'The files of a tenant are not published, although their expected time has passed.',
    remedy:
      'Look at the last run of the tenant. If its cause is fixed, retry the run. If it has no run, check its schedule.',
  },
  EXPORT_LEFT_PAUSED: {
    severity: 'warning',
    heals: false,
    meaning: 'The export of a tenant has been paused for many days.',
    remedy: 'Ask the tenant whether the pause is still intended. If it is not, resume the export.',
  },
  FILE_UNUSUALLY_EMPTY: {
    severity: 'warning',
    heals: false,
    meaning: 'A delta has no rows, although the deltas before it had many.',
    remedy:
      'Check whether the source still receives changes of this entity. The next delta with rows ends the incident.',
  },
  NO_WORKER: {
    severity: 'critical',
    heals: false,
    meaning: 'No worker takes tasks from the task queue.',
    remedy: 'Start a worker. Runs wait in Temporal until then.',
  },
  NO_API: {
    severity: 'critical',
    heals: false,
    meaning: 'No API process responds.',
    remedy: 'Start an API process, and read its log if it ends again.',
  },
  ISSUER_UNAVAILABLE: {
    severity: 'critical',
    heals: true,
    meaning: 'The keys of the token issuer can’t be fetched, so that callers can’t log in.',
    remedy: 'Check that the API can reach the issuer, and that OAUTH_ISSUER and OAUTH_JWKS_URL are correct.',
  },
  SCHEDULE_REJECTED: {
    severity: 'critical',
    heals: false,
    meaning: 'Temporal rejects the schedule of a registration.',
    remedy: 'Fix what the message names. Tidemark then updates the schedule within minutes.',
  },
  SCHEDULE_MISSED_RUNS: {
    severity: 'warning',
    heals: false,
    meaning: 'Temporal has missed or skipped runs of a schedule.',
    remedy:
      'Check that Temporal was up at that time. The next run covers the missed periods; to have them now, start a run.',
  },
  WEBHOOK_DISABLED: {
    severity: 'warning',
    heals: false,
    meaning: 'A webhook of a tenant is disabled, because all attempts for an event have failed over about three days.',
    remedy:
      'Ask the tenant to fix its endpoint, to resume the webhook and to replay the events that it missed. A tenant that no longer needs it removes it.',
  },
  EMAIL_UNAVAILABLE: {
    severity: 'warning',
    heals: true,
    meaning: 'Emails to tenants can’t be sent.',
    remedy: 'Start the mail server of SMTP_URL, or correct SMTP_URL and the login and restart API and workers.',
  },
  LEDGER_RESTORED: {
    severity: 'warning',
    heals: false,
    meaning:
      'The ledger does not match the files on the SFTP server, or contradicts itself: Tidemark’s database or the server was restored from a backup, or a row was changed by hand.',
    remedy:
      'Nothing if the restore was intended: the next run delivers full loads, which end the incident. To have them now, start runs. If no restore was made and no row was changed, check whether two installations write to one server.',
  },
  CLOCK_SKEWED: {
    severity: 'warning',
    heals: true,
    meaning: 'The clock of a process and the clock of Tidemark’s database differ.',
    remedy: 'Synchronize the clock of the machine that the message names.',
  },
} as const satisfies Readonly<Record<string, OperationsProblem>>

export type OperationsProblemCode = keyof typeof operationsProblems

export type IncidentCode = ExportErrorCode | OperationsProblemCode

export function isOperationsProblem(code: IncidentCode): code is OperationsProblemCode {
  return code in operationsProblems
}

export function severityOf(code: IncidentCode): IncidentSeverity {
  return isOperationsProblem(code) ? operationsProblems[code].severity : 'critical'
}

export function meaningOf(code: IncidentCode): string {
  return isOperationsProblem(code) ? operationsProblems[code].meaning : exportErrors[code].meaning
}

export function remedyOf(code: IncidentCode): string {
  return isOperationsProblem(code) ? operationsProblems[code].remedy : exportErrors[code].remedy
}

/** Whether it can end without a person. */
export function canHeal(code: IncidentCode): boolean {
  return isOperationsProblem(code) ? operationsProblems[code].heals : exportErrors[code].alert === 'after a delay'
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
  readonly code: IncidentCode
  readonly runId: string | null
  readonly workflowId: string | null
  readonly attempt: number | null
  /** Whether there is no other attempt in this run. */
  readonly isFinal: boolean
}

/**
 * What ends an affected entity or tenant.
 *
 * - `FAILURE`: a file of the entity, or a later run, in the ledger.
 * - `FINDING`: something that a read or a check found, although files may be delivered. A file whose export began later ends
 *   it, because the read of that file would have found it again.
 * - `OBSERVED`: the next observation without it.
 */
export type AffectedKind = 'FAILURE' | 'FINDING' | 'OBSERVED'

/** Where incidents are reported. No method throws or waits for another server than Tidemark's database. */
export interface IncidentReports {
  /** A failed attempt or run. It opens the incident of its cause, or adds to it. */
  report(failure: ReportedFailure): Promise<void>
  /** What a read or a check of the source found. Files may be delivered all the same. */
  reportFinding(code: ExportErrorCode, finding: Affected): Promise<void>
  /**
   * What is true now of one code and subject, such as `NO_WORKER` and the name of the task queue. It opens the incident, updates
   * what it affects, or resolves it if `affected` is empty. Without a subject, it is the usual one of the code, such as
   * Temporal's address.
   */
  observe(code: IncidentCode, subject: string | null, affected: readonly Affected[]): Promise<void>
}

/** For programs that report nothing. */
export const noIncidentReports: IncidentReports = {
  report: async () => undefined,
  reportFinding: async () => undefined,
  observe: async () => undefined,
}

/** One cause of failures, over all tenants, from its opening to its resolution. */
export interface Incident {
  readonly id: string
  readonly code: IncidentCode
  /** The server, table, tenant or part that it is about. Together with the code it names the cause. */
  readonly subject: string
  readonly openedAt: Date
  readonly lastSeenAt: Date
  /** Null while it is open. */
  readonly resolvedAt: Date | null
  /** When operators were first notified; null if they were not. */
  readonly announcedAt: Date | null
  readonly extent: IncidentExtent
}

/** What an open incident affects now, or what a resolved one has affected. */
export interface IncidentExtent {
  /** The number of tenants. */
  readonly tenants: number
  /** The first tenants by id, at most five. */
  readonly firstTenants: readonly string[]
  /** The number of files that are or were missing: one for each tenant and entity. */
  readonly files: number
  /** The start of the oldest window that is not published; null if it is unknown. */
  readonly oldestWindow: Date | null
  /** The number of runs that have ended without these files. */
  readonly failedRuns: number
  /** The message of what was seen last, and the run that it comes from. */
  readonly latest: {
    readonly message: string
    readonly tenantId: string | null
    readonly entity: string | null
    readonly runId: string | null
    readonly workflowId: string | null
    readonly attempts: number
  }
}

/** One tenant, or one entity of a tenant, that an incident affects or has affected. */
export interface IncidentAffected extends Affected {
  readonly runId: string | null
  readonly workflowId: string | null
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  /** The number of failed attempts in the run that failed last. */
  readonly attempts: number
  /** Whether that run has no further attempt. */
  readonly isFinal: boolean
  /** Null while it is affected. */
  readonly endedAt: Date | null
}
