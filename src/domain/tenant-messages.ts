import type { DeliveryTestStep } from './delivery-test.js'
import { type ExportErrorCode, exportErrors } from './errors.js'
import type { Run, RunError } from './run.js'
import { sourceWarnings } from './source-finding.js'

const again = 'Tidemark tries again automatically. Nothing is lost: the next file covers this period.'
const byOperator = 'The operator of the platform is alerted. Nothing is lost: the next file covers this period.'

/** What a tenant reads of a failure. The cause names hosts, accounts and tables, and is for operators. */
export const tenantMessages: Readonly<Record<ExportErrorCode, string>> = {
  RUN_IN_PROGRESS: 'Another run of your tenant is in progress. This run starts when the other run ends.',
  SUPERSEDED: 'A later run or attempt has taken over this entity. See the later run.',
  SOURCE_UNAVAILABLE: `The source database was unreachable. ${again}`,
  SOURCE_SCHEMA_MISMATCH: `The table of this entity lacks columns of the data dictionary, or has columns of another type. ${byOperator}`,
  SOURCE_VALUE_INVALID: `A value of this entity could not be read from the source. The file was not published. ${byOperator}`,
  SOURCE_ROWS_HIDDEN: `The source hides rows of this entity from Tidemark. The file was not published. ${byOperator}`,
  SOURCE_ROWS_UNDECIDED: `Rows of this entity lack the time of their last change. The file was not published. ${byOperator}`,
  SOURCE_CHANGES_UNTRACKED: `The source does not record changes of this entity. The file was not published. ${byOperator}`,
  SOURCE_ROWS_MISMATCH: `The file and the source had different numbers of rows. The file was not published. ${again}`,
  SOURCE_FOREIGN_ROW: `The source returned a row of another tenant. The file was not published. ${byOperator}`,
  SOURCE_READ_TOO_LONG: `Reading this entity took too long. ${byOperator}`,
  SOURCE_CHANGED:
    'The source database was replaced by another one. Past files cannot be redelivered: request a full load instead. ' +
    'In other runs nothing is lost: the next run makes a full load.',
  CATALOG_DIFFERS: `The data dictionary changed while the run was in progress. The file was not published. ${again}`,
  WINDOW_IN_FUTURE: `The run was started before its time. ${again}`,
  SFTP_UNAVAILABLE: `The SFTP server was unreachable. ${again}`,
  SFTP_HOST_KEY_MISMATCH: `The SFTP server presented an unknown host key. ${byOperator}`,
  SFTP_AUTHENTICATION_FAILED: `The SFTP server refused Tidemark's login. ${byOperator}`,
  SFTP_PERMISSION_DENIED: `The SFTP server refused to store the file. ${byOperator}`,
  SFTP_UNSAFE_PATH: `A folder for your files on the SFTP server is a symbolic link or a file. ${byOperator}`,
  SFTP_FOLDER_MISSING: `The SFTP server has no folder for your files yet. ${again}`,
  SFTP_OTHER_INSTALLATION: `The SFTP server belongs to another service. ${byOperator}`,
  SFTP_SERVER_REPLACED: `The SFTP server is not the one that your earlier files were delivered to. ${byOperator}`,
  SFTP_NO_SPACE: `The SFTP server has no space left. ${again}`,
  SFTP_VERIFICATION_FAILED: `The uploaded file was incomplete. The file was not published. ${again}`,
  SFTP_PROTOCOL: `The SFTP server reported an error. ${again}`,
  FILE_FORMAT_UNSUPPORTED:
    'Tidemark cannot write the registered file format at the moment. Register another format, or contact the ' +
    'operator of the platform.',
  PGP_KEY_UNUSABLE:
    'A PGP key that your files are encrypted to has expired or is missing. The file was not published. Nothing is lost: the ' +
    'next file covers this period.',
  PGP_KEYS_CHANGED: `A PGP key was removed while a file was encrypted to it. The file was not published. ${again}`,
  PGP_SIGNING_KEY_UNUSABLE: `Your files could not be signed. The file was not published. ${byOperator}`,
  DATABASE_UNAVAILABLE: `Tidemark was unavailable for a while. ${again}`,
  TEMPORAL_UNAVAILABLE: `Tidemark was unavailable for a while. ${again}`,
  INSTALLATION_MISMATCH: `Tidemark is set up wrongly. ${again}`,
  RUN_LOST:
    'The run ended before it was complete. Nothing is lost: the next file covers this period. Start a run, or wait ' +
    'for the next run.',
  CANCELLED: 'The run was cancelled. Nothing is lost: the next file covers this period.',
  INTERNAL: `Tidemark failed unexpectedly. ${byOperator}`,
}

const wait = 'You can wait for the next run, or retry the failed run now.'
const waitForOperator =
  'Wait until the operator has removed the cause. Then retry the failed run, or wait for the next run.'
const nothing = 'You need not do anything.'

/** What a tenant can do about a failure. */
export const tenantRemedies: Readonly<Record<ExportErrorCode, string>> = {
  RUN_IN_PROGRESS: 'Wait for the end of the other run, or cancel it.',
  SUPERSEDED: nothing,
  SOURCE_UNAVAILABLE: wait,
  SOURCE_SCHEMA_MISMATCH: waitForOperator,
  SOURCE_VALUE_INVALID: waitForOperator,
  SOURCE_ROWS_HIDDEN: waitForOperator,
  SOURCE_ROWS_UNDECIDED: waitForOperator,
  SOURCE_CHANGES_UNTRACKED: waitForOperator,
  SOURCE_ROWS_MISMATCH: wait,
  SOURCE_FOREIGN_ROW: waitForOperator,
  SOURCE_READ_TOO_LONG: waitForOperator,
  SOURCE_CHANGED: 'After a redelivery, request a full load of the entity. After another run, wait for the next run.',
  CATALOG_DIFFERS: wait,
  WINDOW_IN_FUTURE: wait,
  SFTP_UNAVAILABLE: wait,
  SFTP_HOST_KEY_MISMATCH: waitForOperator,
  SFTP_AUTHENTICATION_FAILED: waitForOperator,
  SFTP_PERMISSION_DENIED: waitForOperator,
  SFTP_UNSAFE_PATH: waitForOperator,
  SFTP_FOLDER_MISSING: wait,
  SFTP_OTHER_INSTALLATION: waitForOperator,
  SFTP_SERVER_REPLACED: waitForOperator,
  SFTP_NO_SPACE: wait,
  SFTP_VERIFICATION_FAILED: wait,
  SFTP_PROTOCOL: wait,
  FILE_FORMAT_UNSUPPORTED: 'Register another file format. Then retry the failed run, or wait for the next run.',
  PGP_KEY_UNUSABLE:
    'Add a valid key with addPgpKey, and remove the other one with removePgpKey. Then retry the failed run, or wait for the next run.',
  PGP_KEYS_CHANGED: wait,
  PGP_SIGNING_KEY_UNUSABLE: waitForOperator,
  DATABASE_UNAVAILABLE: wait,
  TEMPORAL_UNAVAILABLE: wait,
  INSTALLATION_MISMATCH: waitForOperator,
  RUN_LOST: wait,
  CANCELLED: 'To deliver now, start a run. Otherwise wait for the next run.',
  INTERNAL: waitForOperator,
}

/** What the reader of a failure can do about it. */
export function remedyFor(code: ExportErrorCode, { isOperator }: { readonly isOperator: boolean }): string {
  return isOperator ? exportErrors[code].remedy : tenantRemedies[code]
}

/** The run as its tenant may see it: each failure by its code and a fixed message. */
export function runForTenant(run: Run): Run {
  const entities = run.entities.map((entity) => ({ ...entity, ...publicErrors(entity) }))
  return { ...run, entities, ...publicErrors(run) }
}

function publicErrors({ error, waitingFor }: Pick<Run, 'error' | 'waitingFor'>) {
  return { error: forTenant(error), waitingFor: forTenant(waitingFor) }
}

function forTenant<E extends RunError>(error: E | null): E | null {
  return error && { ...error, message: tenantMessages[error.code] }
}

/** Why a schedule is still pending, as a tenant reads it. */
export const pendingScheduleMessage =
  'The schedule does not follow the registration yet. Tidemark tries again automatically.'

const noWorker = 'Tidemark did not take the test in time. Try again later, or contact the operator of the platform.'
const operatorHelps = 'Contact the operator of the platform, and name this step and its code.'

/** The steps of a test of the delivery as the tenant may see them: without hosts, accounts, paths of the server and tables. */
export function deliveryTestForTenant(steps: readonly DeliveryTestStep[]): DeliveryTestStep[] {
  return steps.map((step) => {
    const message = step.code ? publicMessage(step.code) : step.name === 'WORKER' && step.message ? noWorker : null
    return { ...step, message, remedy: step.status === 'FAILED' ? operatorHelps : null }
  })
}

/** What is wrong. A test sends no alert, and is not repeated. */
function publicMessage(code: NonNullable<DeliveryTestStep['code']>): string {
  if (!(code in exportErrors)) return sourceWarnings[code as keyof typeof sourceWarnings]
  const message = tenantMessages[code as ExportErrorCode]
  return message.replace(` ${again}`, '').replace(` ${byOperator}`, '')
}
