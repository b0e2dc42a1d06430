import type { Encryption } from '../domain/encryption.js'
import { isExpired, type PgpKey, type PgpSigningKey } from '../domain/pgp-key.js'
import type { Registration } from '../domain/registration.js'
import { type UserError, userError } from './user-error.js'

/** Why a registration can't encrypt its files as requested with these keys; empty if it can. */
export async function problemsOfEncryption(
  { pgp: { publicKeys, sign } }: Encryption,
  keys: readonly PgpKey[],
  signingKey: () => Promise<PgpSigningKey | undefined>,
  now: Date,
): Promise<UserError[]> {
  const path = ['input', 'encryption', 'pgp']
  const fingerprints = keys.map(({ fingerprint }) => fingerprint)
  const unknown = (publicKeys ?? []).filter((each) => !fingerprints.includes(each))
  const used = keys.filter(({ fingerprint }) => publicKeys === null || publicKeys.includes(fingerprint))
  const expired = used.filter((key) => isExpired(key, now))
  const errors: UserError[] = []
  if (unknown.length > 0) {
    const message = `There is no PGP key ${unknown.join(', ')}. Add it with addPgpKey first. Nothing was changed.`
    errors.push(userError('PGP_KEY_UNUSABLE', message, [...path, 'publicKeys'], { allowedValues: fingerprints }))
  } else if (used.length === 0) {
    const message = 'There is no PGP key to encrypt files to. Add one with addPgpKey first. Nothing was changed.'
    errors.push(userError('PGP_KEY_UNUSABLE', message, [...path, 'publicKeys']))
  }
  if (expired.length > 0) {
    const names = expired.map(({ fingerprint }) => fingerprint).join(', ')
    const message = `The PGP key ${names} has expired. Add a valid key, and remove this one. Nothing was changed.`
    errors.push(userError('PGP_KEY_UNUSABLE', message, [...path, 'publicKeys']))
  }
  if (sign && (await signingKey()) === undefined) {
    const message =
      'Files cannot be signed, because the operator of the platform has no signing key. Choose sign: false. Nothing was changed.'
    errors.push(userError('SIGNING_UNAVAILABLE', message, [...path, 'sign']))
  }
  return errors
}

/** Why a key can't be removed: the registration names it, or would have no valid key left. */
export function refusalOfRemoval(
  { fingerprint }: PgpKey,
  keys: readonly PgpKey[],
  registration: Pick<Registration, 'encryption'> | undefined,
  now: Date,
): UserError | undefined {
  const encryption = registration?.encryption
  if (!encryption) return undefined
  const { publicKeys } = encryption.pgp
  if (publicKeys?.includes(fingerprint)) {
    const message =
      'The registration encrypts files to this key. Register without it first (registerDataExport, encryption.pgp.publicKeys).'
    return userError('PGP_KEY_IN_USE', message, ['fingerprint'])
  }
  const isValidLeft = keys.some((key) => key.fingerprint !== fingerprint && !isExpired(key, now))
  if (publicKeys !== null || isValidLeft) return undefined
  const message =
    'The registration encrypts files, and this is its last valid key. Add another key first, or register without encryption.'
  return userError('PGP_KEY_IN_USE', message, ['fingerprint'])
}
