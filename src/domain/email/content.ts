/** What an email says, as it is stored until it is sent. Times are ISO 8601. None of it is text that a person has written. */
export type EmailContent =
  { readonly template: 'VERIFICATION' } | ProblemContent | RecoveredContent | ChangesContent | DeliveriesContent
export type EmailTemplate = EmailContent['template']

/** An entity without its file, with a code and a message that tenants may read. */
export interface MissingFile {
  /** Null if the run failed as a whole. */
  readonly entity: string | null
  /** Null if it was not attempted. */
  readonly code: string | null
  readonly message: string | null
}

export interface ProblemContent {
  /** The problem has begun, or it lasts. */
  readonly template: 'PROBLEM' | 'PROBLEM_LASTS'
  readonly since: string
  /** Runs that have failed since the email before. */
  readonly failedRuns: number
  /** Whether files are overdue. */
  readonly isOverdue: boolean
  /** What the last run that failed has not delivered. */
  readonly missing: readonly MissingFile[]
}

export interface RecoveredContent {
  readonly template: 'RECOVERED'
  readonly since: string
  readonly until: string
}

export interface Change {
  readonly at: string
  readonly kind: 'FULL_LOAD' | 'COLUMNS'
  readonly entities: readonly string[]
}

export interface ChangesContent {
  readonly template: 'CHANGES'
  readonly changes: readonly Change[]
  /** The number of further changes. */
  readonly more: number
}

export interface DeliveredEntity {
  readonly entity: string
  readonly files: number
  readonly rows: number
}

export interface DeliveriesContent {
  readonly template: 'DELIVERIES'
  readonly since: string
  readonly until: string
  readonly runs: number
  readonly entities: readonly DeliveredEntity[]
  /** Days whose files will be removed soon. */
  readonly expiring: readonly ExpiringDay[]
}

export interface ExpiringDay {
  /** The date in the paths, such as `2026-11-28`. */
  readonly day: string
  /** The first date on which they may be removed; null if it is unknown. */
  readonly removedOn: string | null
}
