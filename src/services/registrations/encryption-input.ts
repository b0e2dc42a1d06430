import type { StoredRegistration } from '../../database/unit-of-work/tenant-registration.js'
import type { Encryption, EncryptionInput } from '../../domain/encryption.js'
import { mostPgpKeys, parseFingerprint, type PgpKey, type PgpSigningKey } from '../../domain/pgp-key.js'
import { ok, type Outcome } from '../outcome.js'
import { problemsOfEncryption } from '../pgp-key-use.js'
import { userError } from '../user-error.js'

const path = ['input', 'encryption', 'pgp', 'publicKeys']

/** The encryption that an input requests, or what is wrong with its form. */
export function requestedEncryption(input: EncryptionInput | null | undefined): Outcome<Encryption | undefined> {
  if (!input) return ok(undefined)
  const { publicKeys, sign } = input.pgp
  const fingerprints = publicKeys?.map(parseFingerprint)
  const known = fingerprints?.filter((each) => each !== undefined)
  if (fingerprints && known && (known.length < fingerprints.length || known.length === 0)) {
    const message =
      'publicKeys must list fingerprints of 40 hexadecimal digits, at least one. Omit it to use all keys. Nothing was changed.'
    return { ok: false, userErrors: [userError('INVALID_ENCRYPTION', message, path)] }
  }
  const chosen = known && [...new Set(known)]
  if (chosen && chosen.length > mostPgpKeys) {
    const message = `publicKeys may list at most ${mostPgpKeys} keys. Nothing was changed.`
    return { ok: false, userErrors: [userError('INVALID_ENCRYPTION', message, path)] }
  }
  return ok({ pgp: { publicKeys: chosen ?? null, sign: sign ?? false } })
}

/** What the check of a registration's encryption needs. */
export interface EncryptionCheck {
  readonly listKeys: () => Promise<readonly PgpKey[]>
  readonly signingKey: () => Promise<PgpSigningKey | undefined>
}

/** Refuses a change after which files could not be encrypted as registered. A disabled export needs no keys. */
export async function withUsableKeys<T extends { readonly stored: StoredRegistration }>(
  decided: Outcome<T>,
  { listKeys, signingKey }: EncryptionCheck,
): Promise<Outcome<T>> {
  if (!decided.ok) return decided
  const { encryption, exportOption } = decided.value.stored.registration
  if (!encryption || exportOption === 'DISABLE_EXPORT') return decided
  const userErrors = await problemsOfEncryption(encryption, await listKeys(), signingKey, new Date())
  return userErrors.length === 0 ? decided : { ok: false, userErrors }
}
