import type * as openpgp from 'openpgp'
import { pgpKeyLimits, pgpRsaBits } from '../domain/pgp-key.js'

export type Openpgp = typeof openpgp

/** What all calls need. */
export interface LoadedOpenpgp {
  readonly pgp: Openpgp
  /** Refuses what is weak. By default, openpgp also refuses DSA, ElGamal and secp256k1. */
  readonly strict: openpgp.Config
}

/** Loads openpgp when it is first used: most processes encrypt nothing, and start faster without it. */
export async function loadOpenpgp(): Promise<LoadedOpenpgp> {
  const pgp = await import('openpgp')
  const strict = {
    ...pgp.config,
    minRSABits: pgpRsaBits.least,
    maxUserIDLength: pgpKeyLimits.userIdBytes,
    preferredCompressionAlgorithm: pgp.enums.compression.uncompressed,
    showVersion: false,
    showComment: false,
  }
  return { pgp, strict }
}
