/**
 * Why an export can fail. A run shows the code, Temporal carries it as the type of the failure, and the runbook lists it.
 * `retryable`: whether a later attempt can succeed without a change by an operator. `alert`: the attempt with which an operator
 * is alerted. A failure that is not retried has no second attempt, so its alert comes at once.
 */
export const exportErrors = {
  RUN_IN_PROGRESS: {
    retryable: true,
    alert: 'never',
    meaning: 'Another run of this tenant is still in progress. This run starts when the other run ends.',
  },
  SUPERSEDED: { retryable: false, alert: 'never', meaning: 'A later attempt or run has taken over this entity.' },
  SOURCE_UNAVAILABLE: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The source database was unreachable, or closed the connection.',
  },
  SOURCE_SCHEMA_MISMATCH: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source table lacks columns of the catalog, or has columns of another type.',
  },
  SOURCE_VALUE_INVALID: {
    retryable: false,
    alert: 'at once',
    meaning: 'Postgres could not compute or convert a value of a row. The file was not published.',
  },
  SOURCE_ROWS_HIDDEN: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source hides rows of the table from the login of the export. The file was not published.',
  },
  SOURCE_ROWS_UNDECIDED: {
    retryable: false,
    alert: 'at once',
    meaning: 'Rows of the tenant lack the time or the transaction of their last change. The file was not published.',
  },
  SOURCE_CHANGES_UNTRACKED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source does not record when rows of the table change, so later files would lack changes.',
  },
  SOURCE_ROWS_MISMATCH: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The file and the source have different numbers of rows for the window. The file was not published.',
  },
  SOURCE_FOREIGN_ROW: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source returned a row of another tenant. The file was not published.',
  },
  SOURCE_READ_TOO_LONG: {
    retryable: false,
    alert: 'at once',
    meaning: 'The read took longer than a transaction in the source may last.',
  },
  SOURCE_CHANGED: {
    retryable: false,
    alert: 'at once',
    meaning:
      'The source database is another one than at the start of the run, or than the one that a redelivered file was read from.',
  },
  SFTP_UNAVAILABLE: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The SFTP server was unreachable, or closed the connection.',
  },
  SFTP_HOST_KEY_MISMATCH: {
    retryable: false,
    alert: 'at once',
    meaning: 'The SFTP server presented a host key that is not pinned.',
  },
  SFTP_AUTHENTICATION_FAILED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The SFTP server refused the credentials of Tidemark.',
  },
  SFTP_PERMISSION_DENIED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The SFTP server refused an operation on a path.',
  },
  SFTP_UNSAFE_PATH: {
    retryable: true,
    alert: 'at once',
    meaning: 'A path on the SFTP server is a symbolic link or a file where a folder is expected.',
  },
  SFTP_FOLDER_MISSING: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The SFTP server has no folder for the tenant yet.',
  },
  SFTP_NO_SPACE: { retryable: true, alert: 'second attempt', meaning: 'The SFTP server has no space left.' },
  SFTP_VERIFICATION_FAILED: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The uploaded file does not have the size of the data that was sent.',
  },
  SFTP_PROTOCOL: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The SFTP server reported that an operation failed.',
  },
  FILE_FORMAT_UNSUPPORTED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The worker cannot write the registered file format.',
  },
  DATABASE_UNAVAILABLE: {
    retryable: true,
    alert: 'second attempt',
    meaning: "Tidemark's own database was unreachable.",
  },
  TEMPORAL_UNAVAILABLE: { retryable: true, alert: 'second attempt', meaning: 'Temporal was unreachable.' },
  RUN_LOST: {
    retryable: false,
    alert: 'at once',
    meaning: 'The workflow of the run ended without a result: it was terminated, timed out, or never started.',
  },
  CANCELLED: { retryable: false, alert: 'never', meaning: 'The run was cancelled.' },
  INTERNAL: { retryable: true, alert: 'second attempt', meaning: 'Tidemark failed unexpectedly.' },
} as const

export type ExportErrorCode = keyof typeof exportErrors

/** A failure of an export with a known cause. The message may contain ids and paths, but no credentials and no values of rows. */
export class ExportError extends Error {
  override readonly name = 'ExportError'
  constructor(
    readonly code: ExportErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }

  get retryable(): boolean {
    return exportErrors[this.code].retryable
  }
}

/** Whether a service was unreachable, so that the next call to it would fail, too. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof ExportError && error.code.endsWith('_UNAVAILABLE')
}

/** Whether this attempt alerts an operator. The last attempt always does, unless the code is never alerted. */
export function isAlertDue(code: ExportErrorCode, { attempt, last }: { attempt: number; last: boolean }): boolean {
  const { alert, retryable } = exportErrors[code]
  if (alert === 'never') return false
  return alert === 'at once' || attempt >= 2 || last || !retryable
}

/**
 * Returns an `ExportError` unchanged. Any other error becomes the cause of an `INTERNAL` error. Its message may contain
 * anything, so only the log shows it: Temporal and the tenant get a fixed message.
 */
export function asExportError(error: unknown): ExportError {
  if (error instanceof ExportError) return error
  return new ExportError('INTERNAL', 'Tidemark failed unexpectedly. The log has the cause.', { cause: error })
}
