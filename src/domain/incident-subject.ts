import type { IncidentCode, ReportedFailure } from './incident.js'

/** The servers and parts that incidents are about, as an operator names them. None of the names contains a secret. */
export interface IncidentPlaces {
  /** `host:port` of the SFTP server. */
  readonly sftp: string
  /** `host:port/database` of the source and of Tidemark's database. */
  readonly source: string
  readonly database: string
  /** Temporal's address and namespace. */
  readonly temporal: string
  readonly taskQueue: string
  readonly issuer: string
  /** `host:port` of the mail server. */
  readonly email: string
}

type Cause =
  | keyof IncidentPlaces
  /** A table of the source. */
  | 'source table'
  /** One tenant's own data, or its folder on the SFTP server. */
  | 'data of a tenant'
  | 'folder of a tenant'
  /** One tenant's PGP keys. */
  | 'keys of a tenant'
  /** It is never an incident. */
  | 'none'

/** What a code is about. The tenant is part of the cause only where no other tenant can have the same cause. */
const causes: Readonly<Record<IncidentCode, Cause>> = {
  RUN_IN_PROGRESS: 'none',
  SUPERSEDED: 'none',
  CANCELLED: 'none',
  SOURCE_UNAVAILABLE: 'source',
  SOURCE_CHANGED: 'source',
  SOURCE_SCHEMA_MISMATCH: 'source table',
  SOURCE_ROWS_HIDDEN: 'source table',
  SOURCE_CHANGES_UNTRACKED: 'source table',
  SOURCE_ROWS_MISMATCH: 'source table',
  SOURCE_FOREIGN_ROW: 'source table',
  SOURCE_READ_TOO_LONG: 'source table',
  SOURCE_VALUE_INVALID: 'data of a tenant',
  SOURCE_ROWS_UNDECIDED: 'data of a tenant',
  CATALOG_DIFFERS: 'taskQueue',
  WINDOW_IN_FUTURE: 'taskQueue',
  SFTP_UNAVAILABLE: 'sftp',
  SFTP_HOST_KEY_MISMATCH: 'sftp',
  SFTP_AUTHENTICATION_FAILED: 'sftp',
  SFTP_PERMISSION_DENIED: 'sftp',
  SFTP_OTHER_INSTALLATION: 'sftp',
  SFTP_SERVER_REPLACED: 'sftp',
  SFTP_NO_SPACE: 'sftp',
  SFTP_VERIFICATION_FAILED: 'sftp',
  SFTP_PROTOCOL: 'sftp',
  SFTP_UNSAFE_PATH: 'folder of a tenant',
  SFTP_FOLDER_MISSING: 'folder of a tenant',
  FILE_FORMAT_UNSUPPORTED: 'taskQueue',
  PGP_KEY_UNUSABLE: 'keys of a tenant',
  PGP_KEYS_CHANGED: 'keys of a tenant',
  PGP_SIGNING_KEY_UNUSABLE: 'taskQueue',
  DATABASE_UNAVAILABLE: 'database',
  TEMPORAL_UNAVAILABLE: 'temporal',
  INSTALLATION_MISMATCH: 'temporal',
  RUN_LOST: 'taskQueue',
  INTERNAL: 'taskQueue',
  EXPORT_OVERDUE: 'taskQueue',
  EXPORT_LEFT_PAUSED: 'taskQueue',
  FILE_UNUSUALLY_EMPTY: 'source table',
  NO_WORKER: 'taskQueue',
  NO_API: 'taskQueue',
  ISSUER_UNAVAILABLE: 'issuer',
  SCHEDULE_REJECTED: 'temporal',
  SCHEDULE_MISSED_RUNS: 'temporal',
  WEBHOOK_DISABLED: 'taskQueue',
  EMAIL_UNAVAILABLE: 'email',
  LEDGER_RESTORED: 'database',
  CLOCK_SKEWED: 'database',
}

/** Whether operators are notified of the code at all. */
export function isIncident(code: IncidentCode): boolean {
  return causes[code] !== 'none'
}

/** What names the cause together with the code, such as `sftp.example.com:22`. */
export function incidentSubject(
  code: IncidentCode,
  { tenantId, entity }: Pick<ReportedFailure, 'tenantId' | 'entity'>,
  places: IncidentPlaces,
): string {
  const cause = causes[code]
  const all = (...parts: (string | null)[]): string => parts.filter((part) => part !== null).join(' ')
  switch (cause) {
    case 'source table':
      return all(places.source, entity)
    case 'data of a tenant':
      return all(places.source, tenantId, entity)
    case 'folder of a tenant':
      return all(places.sftp, tenantId)
    case 'keys of a tenant':
      return all('PGP keys of', tenantId)
    case 'none':
      return all(tenantId, entity)
    default:
      return places[cause]
  }
}
