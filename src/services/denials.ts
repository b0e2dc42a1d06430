import type { InsufficientScopeError } from '../domain/access.js'
import type { Scope } from '../domain/actor.js'

const intervalMs = 60_000
/** As many as may be remembered at the same time: what was longest ago is forgotten first. */
const mostRemembered = 10_000

/** What is told of a denial, so that nobody makes more of the log than of the requests that it is about. */
export interface DenialCount {
  /** Whether the request has not been denied the same before: a document asks for many fields. */
  isNew(error: InsufficientScopeError): boolean
  /**
   * In how many requests the same was denied to the same subject since this last gave a number, this one included;
   * undefined while that is less than a minute ago.
   */
  due(error: InsufficientScopeError): number | undefined
}

/** Counts what is denied in this process. */
export function countDenials(): DenialCount {
  // Whoever is denied something is one object for each request.
  const told = new WeakMap<object, Set<Scope>>()
  const counted = new Map<string, { readonly at: number; since: number }>()
  return {
    isNew: ({ denied, scope }) => {
      const before = told.get(denied) ?? new Set()
      if (before.has(scope)) return false
      told.set(denied, before.add(scope))
      return true
    },
    due: ({ denied: { tenantId, subject }, scope }) => {
      const key = JSON.stringify([tenantId, subject, scope])
      const last = counted.get(key)
      if (last && Date.now() - last.at < intervalMs) {
        last.since += 1
        return undefined
      }
      counted.delete(key)
      counted.set(key, { at: Date.now(), since: 0 })
      const [oldest] = counted.keys()
      if (counted.size > mostRemembered && oldest !== undefined) counted.delete(oldest)
      return (last?.since ?? 0) + 1
    },
  }
}
