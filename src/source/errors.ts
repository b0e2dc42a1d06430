import { ExportError } from '../domain/errors.js'

/**
 * A failure of Postgres or of the way to it as an ExportError.
 * Only messages of classes that name nothing but tables, columns and roles are passed on: others may quote values.
 */
export function sourceError(doing: string, error: unknown): ExportError {
  if (error instanceof ExportError) return error
  const state = sqlState(error)
  const code = state !== undefined && speaksOfSchema(state) ? 'SOURCE_SCHEMA_MISMATCH' : 'SOURCE_UNAVAILABLE'
  // Nor is such a message kept as the cause, which goes to the log.
  const cause = state === undefined || namesOnly.test(state) ? { cause: error } : undefined
  return new ExportError(code, `${doing}: ${describe(error, state)}`, cause)
}

/** Whether the server is there, but had no room for one more connection. */
export function isFull(error: unknown): boolean {
  return sqlState(error)?.startsWith('53') === true
}

function describe(error: unknown, state: string | undefined): string {
  if (state === undefined) return reason(error)
  if (namesOnly.test(state)) return `${reason(error)} (${state})`
  return `Postgres failed with ${state}`
}

/** Names that are not there, wrong types, missing privileges, data that does not have the form it is read as. */
const speaksOfSchema = (state: string) => /^(42|3F|22)/.test(state)

/** Names as above (42, 3F), connections, logins, unknown databases, resources, an administrator's hand, the system, locks. */
const namesOnly = /^(42|3F|08|28|3D|53|55|57|58)/

/** Five characters of which one is a digit; Node's own codes (ECONNREFUSED, EPIPE) are no SQL states. */
function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}

function reason(error: unknown): string {
  // A host with several addresses that all refuse: the message is empty, the reasons are inside.
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ')
  return error instanceof Error ? error.message : String(error)
}
