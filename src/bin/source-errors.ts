import { exitCodeOf } from './exit-codes.js'

/** Errors whose message says all, compared by name because programs do not import the domain. */
const reported: ReadonlySet<string> = new Set(['AdoptionError', 'CatalogError', 'ExportError'])

/** Prints the message of an expected error of the source or of a catalog, and sets the exit code. False for other errors. */
export function isReported(error: unknown): boolean {
  if (!(error instanceof Error) || !reported.has(error.name)) return false
  console.error(error.message)
  process.exitCode = exitCodeOf(error)
  return true
}
