import { ExportError, type ExportErrorCode } from '../domain/errors.js'

/**
 * A failure of Postgres or of the connection as an ExportError. It keeps a message only if its class names just tables, columns
 * and roles. Other messages may quote values.
 */
export function sourceError(doing: string, error: unknown): ExportError {
  if (error instanceof ExportError) return error
  const state = sqlState(error)
  // The message is not kept as the cause either, because causes are logged.
  const cause = state === undefined || namesOnly.test(state) ? { cause: error } : undefined
  return new ExportError(codeOf(error, state), `${doing}: ${describe(error, state)}`, cause)
}

/** Whether the connection or the whole server failed, and not one statement. */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error)
  return state === undefined || /^(08|53|57|58|XX)/.test(state)
}

/** Whether the server refused a connection because it has too many. */
export function isFull(error: unknown): boolean {
  return sqlState(error)?.startsWith('53') === true
}

/** Whether Postgres cancelled a statement, at a timeout or at a request. */
export function isCancelled(error: unknown): boolean {
  return sqlState(error) === '57014'
}

function codeOf(error: unknown, state: string | undefined): ExportErrorCode {
  // The function of Postgres that raises the error. Messages depend on the language, and other errors have the same state.
  if ((error as { routine?: unknown } | null)?.routine === 'check_enable_rls') return 'SOURCE_ROWS_HIDDEN'
  if (state?.startsWith('22')) return 'SOURCE_VALUE_INVALID'
  return state !== undefined && speaksOfSchema(state) ? 'SOURCE_SCHEMA_MISMATCH' : 'SOURCE_UNAVAILABLE'
}

function describe(error: unknown, state: string | undefined): string {
  if (state === undefined) return reason(error)
  const words = namesOnly.test(state) ? `${reason(error)} (${state})` : `Postgres failed with ${state}`
  const step = nextSteps[state] ?? (state.startsWith('22') ? valueStep : undefined)
  return step === undefined ? words : `${words}. ${step}`
}

/** Class 22 concerns values. Its messages quote them, so they are not kept. */
const valueStep =
  'A value does not fit what a view, a generated column or the encoding makes of it. Select the tenant’s rows in psql with ' +
  'the login of SOURCE_DATABASE_URL: the error names the value. Correct the row, or the view'

/** Limits that a read cannot set for itself: docs/reference/source-settings.md. */
const nextSteps: Readonly<Record<string, string>> = {
  '53200': 'Raise max_locks_per_transaction of the server, or the memory that it has.',
  '53300': 'Raise CONNECTION LIMIT of the login or the database, or lower SOURCE_POOL_SIZE.',
  '53400': 'Raise temp_file_limit for the login of SOURCE_DATABASE_URL, or sort less in the view.',
  '54001': 'Raise max_stack_depth of the server, or simplify the view.',
  '55P03': 'Another transaction holds the table for longer than 20 s: end it, or wait for the next attempt.',
  '72000': 'Set old_snapshot_threshold of the server to -1 and restart Postgres.',
}

/** Missing names, wrong types, missing privileges. */
const speaksOfSchema = (state: string) => /^(42|3F)/.test(state)

/**
 * Names as above (42, 3F), connections, logins, limits on transactions, unknown databases, resources, limits of a
 * program, locks, an administrator's hand, the system, snapshots that are too old.
 */
const namesOnly = /^(42|3F|08|25|28|3D|53|54|55|57|58|72)/

/** Five characters of which one is a digit; Node's own codes (ECONNREFUSED, EPIPE) are no SQL states. */
function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}

function reason(error: unknown): string {
  // If all addresses of a host refuse, the message is empty and the causes are in `errors`.
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ')
  return error instanceof Error ? error.message : String(error)
}
