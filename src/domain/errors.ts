/** For how long attempts go on after a failure. */
export const retryClasses = {
  never: 'No attempt can succeed before an operator changes something, so there is no other attempt.',
  few: 'The cause is unknown, so attempts go on for about two minutes (`EXPORT_MAX_ATTEMPTS`).',
  hours: 'It heals when a server is back or space is made, so attempts go on for hours (`EXPORT_RETRY_MINUTES`).',
} as const
export type RetryClass = keyof typeof retryClasses

/**
 * Why an export can fail. A run shows the code, Temporal carries it as the type of the failure, and the runbook lists it.
 * `retry`: for how long attempts go on. `alert`: when operators are notified of its incident; the delay is a setting
 * (ALERT_DELAY_SECONDS), and the final failure of a run ends it. `remedy`: what an operator does.
 */
export const exportErrors = {
  RUN_IN_PROGRESS: {
    retry: 'hours',
    alert: 'never',
    meaning: 'Another run of this tenant is still in progress. This run starts when the other run ends.',
    remedy: 'Wait for the end of the other run. If it hangs, cancel it.',
  },
  SUPERSEDED: {
    retry: 'never',
    alert: 'never',
    meaning: 'A later attempt or run has taken over this entity.',
    remedy:
      'Nothing to do: look at the later run. To repeat a run that failed, retry the run instead of resetting its workflow.',
  },
  SOURCE_UNAVAILABLE: {
    retry: 'hours',
    alert: 'after a delay',
    meaning: 'The source database was unreachable, or closed the connection.',
    remedy:
      'Start the server of `SOURCE_DATABASE_URL`, or end the session that locks the table. Waiting runs then continue. Retry those that have failed.',
  },
  SOURCE_SCHEMA_MISMATCH: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The source table lacks columns of the catalog, or has columns of another type.',
    remedy:
      'Run `check-source` and the statement that it prints, or correct the catalog and restart the workers. Then retry the failed runs.',
  },
  SOURCE_VALUE_INVALID: {
    retry: 'never',
    alert: 'at once',
    meaning: 'Postgres could not compute or convert a value of a row. The file was not published.',
    remedy: 'Correct the row, or the view that computes the value. Then retry the failed runs.',
  },
  SOURCE_ROWS_HIDDEN: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The source hides rows of the table from the login of the export. The file was not published.',
    remedy:
      'Run `check-source` and the statement that it prints, which shows every row to the login. Then retry the failed runs.',
  },
  SOURCE_ROWS_UNDECIDED: {
    retry: 'never',
    alert: 'at once',
    meaning: 'Rows of the tenant lack the time or the transaction of their last change. The file was not published.',
    remedy: 'Run `check-source` and the statement that it prints. Then retry the failed runs.',
  },
  SOURCE_CHANGES_UNTRACKED: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The source does not record when rows of the table change, so later files would lack changes.',
    remedy:
      'Run `check-source` and the statement that it prints, which adds the trigger. Then request a full load of the entity.',
  },
  SOURCE_ROWS_MISMATCH: {
    retry: 'few',
    alert: 'after a delay',
    meaning: 'The file and the source have different numbers of rows for the window. The file was not published.',
    remedy:
      'Retry the failed runs. If the error stays, report it with the Postgres version and the definition of the table.',
  },
  SOURCE_FOREIGN_ROW: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The source returned a row of another tenant. The file was not published.',
    remedy: 'Correct the view, or give the tenant column a deterministic collation. Then retry the failed runs.',
  },
  SOURCE_READ_TOO_LONG: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The read took longer than a transaction in the source may last.',
    remedy:
      'Find out whether the SFTP server or the network is slow, or raise `SOURCE_READ_LIMIT_MINUTES` and restart the workers. Then retry the failed runs.',
  },
  SOURCE_CHANGED: {
    retry: 'never',
    alert: 'at once',
    meaning:
      'The source database is another one than at the start of the run, or than the one that a redelivered file was read from.',
    remedy:
      'Nothing for a scheduled run: the next run makes a full load. Instead of a redelivery, request a full load.',
  },
  CATALOG_DIFFERS: {
    retry: 'few',
    alert: 'after a delay',
    meaning: 'The worker has another catalog than the worker that planned the run. The file was not published.',
    remedy:
      'Give all workers the same `CATALOG_FILE` and the same release. The next run covers the windows. To deliver earlier, retry the failed runs.',
  },
  WINDOW_IN_FUTURE: {
    retry: 'hours',
    alert: 'at once',
    meaning: 'The windows of the run end in the future, so the clock of Temporal or of the API is ahead.',
    remedy:
      'Synchronize the clock that is ahead. A waiting run continues at the end of its windows. To deliver earlier, cancel it and start another run.',
  },
  SFTP_UNAVAILABLE: {
    retry: 'hours',
    alert: 'after a delay',
    meaning: 'The SFTP server was unreachable, or closed the connection.',
    remedy:
      'Start the SFTP server, or correct `SFTP_HOST` and `SFTP_PORT` and restart the workers. Waiting runs then continue. Retry those that have failed.',
  },
  SFTP_HOST_KEY_MISMATCH: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The SFTP server presented a host key that is not pinned.',
    remedy:
      'If the change is intended, add the new key to the pinned ones, for example in `SFTP_HOST_KEY_FINGERPRINT`, and restart API and workers. Then retry the failed runs. If not, treat it as an attack.',
  },
  SFTP_AUTHENTICATION_FAILED: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The SFTP server refused the credentials of Tidemark.',
    remedy:
      'Correct `SFTP_USERNAME` and its private key or password, and restart the workers. Then retry the failed runs.',
  },
  SFTP_PERMISSION_DENIED: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The SFTP server refused an operation on a path.',
    remedy:
      'Let the account of `SFTP_USERNAME` create folders, write, rename and remove below `SFTP_ROOT`. Then retry the failed runs.',
  },
  SFTP_UNSAFE_PATH: {
    retry: 'hours',
    alert: 'at once',
    meaning: 'A path on the SFTP server is a symbolic link or a file where a folder is expected.',
    remedy:
      'Find out who created the link or file on the SFTP server, and remove it. Waiting runs then continue. Retry those that have failed.',
  },
  SFTP_FOLDER_MISSING: {
    retry: 'hours',
    alert: 'after a delay',
    meaning: 'The SFTP server has no folder for the tenant yet.',
    remedy:
      'Create the folder with the owner and the rights that `deploy/sftp` gives it. Waiting runs then continue. Retry those that have failed.',
  },
  SFTP_OTHER_INSTALLATION: {
    retry: 'hours',
    alert: 'at once',
    meaning: 'The SFTP server belongs to another installation of Tidemark. Nothing was written.',
    remedy:
      'Correct `SFTP_HOST` and restart the workers. If the server now belongs to this installation, remove the mark that the message names. Waiting runs then continue. Retry those that have failed.',
  },
  SFTP_SERVER_REPLACED: {
    retry: 'hours',
    alert: 'at once',
    meaning:
      'The SFTP server is another one than that of the files on record, or it has lost them. Nothing was written.',
    remedy:
      'Correct `SFTP_HOST`, or mount the disk again. If the files are lost or were copied, decide with `tidemark server accept`. Waiting runs then continue. Retry those that have failed.',
  },
  SFTP_NO_SPACE: {
    retry: 'hours',
    alert: 'after a delay',
    meaning: 'The SFTP server has no space left.',
    remedy:
      'Make room on the SFTP server, or raise the quota. Waiting runs then continue. Retry those that have failed.',
  },
  SFTP_VERIFICATION_FAILED: {
    retry: 'few',
    alert: 'after a delay',
    meaning: 'The uploaded file does not have the size of the data that was sent.',
    remedy: 'Check the disk and the software of the SFTP server. Then retry the failed runs.',
  },
  SFTP_PROTOCOL: {
    retry: 'hours',
    alert: 'after a delay',
    meaning: 'The SFTP server reported that an operation failed.',
    remedy:
      'Look for the reason in the log of the SFTP server: often a quota or a disk is full. Waiting runs then continue. Retry those that have failed.',
  },
  FILE_FORMAT_UNSUPPORTED: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The worker cannot write the registered file format.',
    remedy: 'Run every API and worker process on Node 22.15 or later. Then retry the failed runs.',
  },
  PGP_KEY_UNUSABLE: {
    retry: 'never',
    alert: 'at once',
    meaning: 'A PGP key that files are encrypted to has expired or is missing. The file was not published.',
    remedy:
      'Let the tenant add a valid key (`addPgpKey`) and remove the other one (`removePgpKey`). Then retry the failed runs.',
  },
  PGP_KEYS_CHANGED: {
    retry: 'few',
    alert: 'after a delay',
    meaning: 'A PGP key was removed while a file was encrypted to it. The file was not published.',
    remedy: 'Nothing to do: the next attempt uses the keys that are left. If it stays, retry the failed runs.',
  },
  PGP_SIGNING_KEY_UNUSABLE: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The worker has no valid key for the requested signature. The file was not published.',
    remedy:
      'Set `PGP_SIGNING_KEY` and `PGP_SIGNING_KEY_PASSPHRASE` to a valid private key, and restart the workers. Then retry the failed runs.',
  },
  DATABASE_UNAVAILABLE: {
    retry: 'hours',
    alert: 'after a delay',
    meaning: "Tidemark's own database was unreachable.",
    remedy:
      'Start the Postgres of `DATABASE_URL`, or correct the setting and restart the processes. Waiting runs then continue. Retry those that have failed.',
  },
  TEMPORAL_UNAVAILABLE: {
    retry: 'hours',
    alert: 'after a delay',
    meaning: 'Temporal was unreachable.',
    remedy: 'Start Temporal, or correct `TEMPORAL_ADDRESS` and the TLS settings and restart the processes.',
  },
  INSTALLATION_MISMATCH: {
    retry: 'never',
    alert: 'at once',
    meaning:
      'A schedule or the task queue in Temporal belongs to another installation of Tidemark. Nothing of it was changed.',
    remedy:
      'Correct `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_TASK_QUEUE` or `DATABASE_URL`, and restart the processes. If this database is to take over, run `tidemark installation adopt`.',
  },
  RUN_LOST: {
    retry: 'never',
    alert: 'at once',
    meaning: 'The workflow of the run ended without a result: it was terminated, timed out, or never started.',
    remedy:
      'Retry the run, or wait for the next one. To stop a run in future, cancel it instead of terminating its workflow.',
  },
  CANCELLED: {
    retry: 'never',
    alert: 'never',
    meaning: 'The run was cancelled.',
    remedy: 'Nothing to do: the next run covers what is not published. To deliver now, start a run.',
  },
  INTERNAL: {
    retry: 'few',
    alert: 'after a delay',
    meaning: 'Tidemark failed unexpectedly.',
    remedy:
      'Look for the cause in the log lines of the run. Retry the failed runs, and report it as a defect if the error stays.',
  },
} as const satisfies Readonly<Record<string, ErrorDefinition>>

interface ErrorDefinition {
  readonly retry: RetryClass
  readonly alert: 'at once' | 'after a delay' | 'never'
  readonly meaning: string
  readonly remedy: string
}

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

  get retry(): RetryClass {
    return exportErrors[this.code].retry
  }
}

/** Whether a service was unreachable, so that the next call to it would fail, too. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof ExportError && error.code.endsWith('_UNAVAILABLE')
}

/**
 * Returns an `ExportError` unchanged. Any other error becomes the cause of an `INTERNAL` error. Its message may contain
 * anything, so only the log shows it: Temporal and the tenant get a fixed message.
 */
export function asExportError(error: unknown): ExportError {
  if (error instanceof ExportError) return error
  return new ExportError('INTERNAL', 'Tidemark failed unexpectedly. The log has the cause.', { cause: error })
}
