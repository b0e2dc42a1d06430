import type { EntityResult } from '../src/contracts.js'
import { type ExportErrorCode, exportErrors } from '../src/domain/errors.js'
import type { RunError } from '../src/domain/run.js'

/** A code and the entities that failed with it; none for an error of the whole run. */
interface Cause extends RunError {
  readonly names: readonly string[]
}

/** Why a run failed, as the Temporal UI shows it: one line for each code, with cause, entities and remedy. */
export function whyFailed(entities: readonly EntityResult[], error: RunError | null): string {
  const byCode = new Map<ExportErrorCode, Cause>()
  if (error) byCode.set(error.code, { ...error, names: [] })
  for (const { displayName, error: failure } of entities) {
    if (!failure) continue
    const { code, message, names } = byCode.get(failure.code) ?? { ...failure, names: [] }
    byCode.set(code, { code, message, names: [...names, displayName] })
  }
  return [...byCode.values()].map(line).join('\n')
}

function line({ code, message, names }: Cause): string {
  const remedy = exportErrors[code].remedy.replaceAll('`', '')
  return `${code}${affected(names)}: ${sentence(message)} What to do: ${remedy}`
}

/** A redelivery has several windows of one entity. */
function affected(names: readonly string[]): string {
  const different = [...new Set(names)]
  if (names.length === 0) return ''
  return ` (${names.length} ${names.length === 1 ? 'entity' : 'entities'}: ${different.join(', ')})`
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`
}
