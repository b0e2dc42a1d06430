import type { Variables } from './variables.js'

export interface PgpSigningKeyConfig {
  /** The private key. The API needs only the public key. */
  readonly armored: string
  readonly passphrase: string | undefined
}

/** Undefined if the operator signs nothing. */
export function pgpSigningKey(env: Variables): PgpSigningKeyConfig | undefined {
  const { PGP_SIGNING_KEY: armored, PGP_SIGNING_KEY_PASSPHRASE: passphrase } = env
  return armored === undefined ? undefined : { armored, passphrase }
}
