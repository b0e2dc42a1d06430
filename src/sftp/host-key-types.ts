import type { ServerHostKeyAlgorithm } from 'ssh2'

/** The signature algorithms for each type of host key, in order of preference; none with SHA-1. */
const algorithmsOf: readonly (readonly [keyType: string, algorithms: readonly ServerHostKeyAlgorithm[]])[] = [
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
]

/**
 * The types of host keys to request from a server. A type whose key was not pinned comes last from then on, so the next
 * connection gets the pinned key at once.
 */
export interface HostKeyTypes {
  /** The algorithms to offer, without those of the types that were tried already. */
  toAskFor(tried: ReadonlySet<string>): readonly ServerHostKeyAlgorithm[]
  avoid(keyType: string): void
}

export function hostKeyTypes(): HostKeyTypes {
  const avoided = new Set<string>()
  return {
    toAskFor: (tried) => {
      const untried = algorithmsOf.filter(([type]) => !tried.has(type))
      const last = ([type]: (typeof algorithmsOf)[number]): number => (avoided.has(type) ? 1 : 0)
      return untried.toSorted((a, b) => last(a) - last(b)).flatMap(([, algorithms]) => algorithms)
    },
    avoid: (keyType) => void avoided.add(keyType),
  }
}
