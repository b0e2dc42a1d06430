import type { LastRun } from './ledger-gap.js'

/** Reads what a run has ended with. Undefined if it is not the result of a run, or that of an earlier release. */
export function lastRunOf(result: unknown): LastRun | undefined {
  if (!isObject(result) || !isObject(result['position'])) return undefined
  const { installation, revision, lastChange } = result['position']
  if (typeof installation !== 'string') return undefined
  if (typeof revision !== 'number' || typeof lastChange !== 'number') return undefined
  return { position: { installation, revision, lastChange }, entities: publishedIn(result['entities']) }
}

/** The details of the failure of a run begin with its result. */
export function failedRunOf(failure: unknown): LastRun | undefined {
  if (!isObject(failure) || !Array.isArray(failure['details'])) return undefined
  return lastRunOf(failure['details'][0])
}

function publishedIn(entities: unknown): string[] {
  if (!Array.isArray(entities)) return []
  const named = entities.flatMap((each: unknown) =>
    isObject(each) && each['status'] === 'PUBLISHED' && typeof each['entity'] === 'string' ? [each['entity']] : [],
  )
  return [...new Set(named)]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
