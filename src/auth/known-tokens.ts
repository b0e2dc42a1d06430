import { createHash } from 'node:crypto'
import type { Caller } from '../domain/actor.js'

const keptMs = 60_000
const mostTokens = 5_000

/** A cache of tokens that were verified recently. */
export interface KnownTokens {
  /** @param edition identifies the issuer's current keys. A token that was verified with other keys is not returned. */
  find(token: string, edition: object): Caller | undefined
  /**
   * @param edition identifies the issuer's keys as they were before the token was verified
   * @param expires the claim `exp`, in seconds
   */
  keep(token: string, edition: object, caller: Caller, expires: number): void
}

/**
 * Remembers verified tokens for a minute, or until they expire. A client sends the same token with each request, so this
 * saves most signature checks. It stores only a hash of each token.
 */
export function knownTokens(toleranceSeconds: number): KnownTokens {
  const known = new Map<string, { readonly caller: Caller; readonly edition: object; readonly until: number }>()
  return {
    find: (token, edition) => {
      const key = hashOf(token)
      const found = known.get(key)
      if (found && found.edition === edition && found.until > Date.now()) return found.caller
      known.delete(key)
      return undefined
    },
    keep: (token, edition, caller, expires) => {
      const until = Math.min(Date.now() + keptMs, (expires + toleranceSeconds) * 1000)
      known.set(hashOf(token), { caller, edition, until })
      const [oldest] = known.keys()
      if (known.size > mostTokens && oldest !== undefined) known.delete(oldest)
    },
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
