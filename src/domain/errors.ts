/**
 * Why an export can fail, as codes that a run shows, Temporal carries as the failure's type, and the runbook lists.
 * `retryable`: whether trying again in a while can succeed without anybody doing anything. `alert`: with which attempt
 * an operator is told; what is not tried again can't wait for a second one.
 */
export const exportErrors = {
  RUN_IN_PROGRESS: { retryable: true, alert: 'never', meaning: 'Another run of this tenant is still going on.' },
  SUPERSEDED: { retryable: false, alert: 'never', meaning: 'A later attempt or run has taken over this entity.' },
  SOURCE_UNAVAILABLE: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The source database could not be reached, or broke off.',
  },
  SOURCE_SCHEMA_MISMATCH: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source table lacks columns that the catalog names, or they are of another type.',
  },
  SOURCE_VALUE_INVALID: {
    retryable: false,
    alert: 'at once',
    meaning: 'Postgres could not compute or convert a value of a row. Nothing was published.',
  },
  SOURCE_ROWS_HIDDEN: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source hides rows of the table from the login of the export. Nothing was published.',
  },
  SOURCE_ROWS_UNDECIDED: {
    retryable: false,
    alert: 'at once',
    meaning: 'Rows of the tenant have no time or no transaction of their last change. Nothing was published.',
  },
  SOURCE_CHANGES_UNTRACKED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source does not record when rows of the table change, so later files would lack changes.',
  },
  SOURCE_ROWS_MISMATCH: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The file has another number of rows than the source has for its window.',
  },
  SOURCE_FOREIGN_ROW: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source gave a row of another tenant; nothing of the file was published.',
  },
  SOURCE_READ_TOO_LONG: {
    retryable: false,
    alert: 'at once',
    meaning: 'Reading held a transaction of the source for longer than it may.',
  },
  SOURCE_CHANGED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The source became another database while the run was under way.',
  },
  SFTP_UNAVAILABLE: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The SFTP server could not be reached, or broke off.',
  },
  SFTP_HOST_KEY_MISMATCH: {
    retryable: false,
    alert: 'at once',
    meaning: 'The SFTP server showed another host key than the pinned one.',
  },
  SFTP_AUTHENTICATION_FAILED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The SFTP server refused our credentials.',
  },
  SFTP_PERMISSION_DENIED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The SFTP server refused an operation on a path.',
  },
  SFTP_UNSAFE_PATH: {
    retryable: true,
    alert: 'at once',
    meaning: 'On the SFTP server a symbolic link, or no folder, is where a folder of ours should be.',
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
    meaning: 'The uploaded file has another size than what was sent.',
  },
  SFTP_PROTOCOL: {
    retryable: true,
    alert: 'second attempt',
    meaning: 'The SFTP server answered an operation with a failure.',
  },
  FILE_FORMAT_UNSUPPORTED: {
    retryable: false,
    alert: 'at once',
    meaning: 'The worker can not write the file format that the tenant has registered.',
  },
  DATABASE_UNAVAILABLE: {
    retryable: true,
    alert: 'second attempt',
    meaning: "Tidemark's own database could not be reached.",
  },
  TEMPORAL_UNAVAILABLE: { retryable: true, alert: 'second attempt', meaning: 'Temporal could not be reached.' },
  RUN_LOST: {
    retryable: false,
    alert: 'at once',
    meaning: "The run's workflow ended without saying so: it was terminated, timed out, or never started.",
  },
  CANCELLED: { retryable: false, alert: 'never', meaning: 'The run was cancelled.' },
  INTERNAL: { retryable: true, alert: 'second attempt', meaning: 'Something that Tidemark did not expect.' },
} as const

export type ExportErrorCode = keyof typeof exportErrors

/** A failure of an export with a cause that is known. The message names ids and paths, never credentials or row values. */
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

/** Whether a part could not be reached: whoever asks next fares no better. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof ExportError && error.code.endsWith('_UNAVAILABLE')
}

/** Whether an operator is told of the error with this attempt: what ends without another one does not wait for it. */
export function isAlertDue(code: ExportErrorCode, { attempt, last }: { attempt: number; last: boolean }): boolean {
  const { alert, retryable } = exportErrors[code]
  if (alert === 'never') return false
  return alert === 'at once' || attempt >= 2 || last || !retryable
}

/**
 * The error as it is if it is typed already, else as `INTERNAL` with the original as its cause. What nobody expected may
 * quote anything, and the message goes to Temporal and to the tenant: so its own words stay in the cause, for the log.
 */
export function asExportError(error: unknown): ExportError {
  if (error instanceof ExportError) return error
  return new ExportError('INTERNAL', 'Something unexpected happened; the log has the cause.', { cause: error })
}
