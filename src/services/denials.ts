import type { InsufficientScopeError } from '../domain/access.js'
import type { Scope } from '../domain/actor.js'

const intervalMs = 60_000
/** How many denials are remembered at the same time. The oldest is forgotten first. */
const mostRemembered = 10_000

/** Decides which denials are recorded, so that a caller can't fill the log with denied requests. */
export interface DenialCount {
  /** Whether it is the request's first denial of this scope: one document requests many fields. */
  isNew(error: InsufficientScopeError): boolean
  /**
   * In how many requests the same subject was denied the same scope since this last returned a number, this request
   * included; undefined while that is less than a minute ago.
   */
  due(error: InsufficientScopeError): number | undefined
}

/** Counts what is denied in this process. */
export function countDenials(): DenialCount {
  // Each request has an object of its own for the denied caller.
  const recorded = new WeakMap<object, Set<Scope>>()
  const counted = new Map<string, { readonly at: number; since: number }>()
  return {
    isNew: ({ denied, scope }) => {
      const before = recorded.get(denied) ?? new Set()
      if (before.has(scope)) return false
      recorded.set(denied, before.add(scope))
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
