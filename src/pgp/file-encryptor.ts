import type { Key } from 'openpgp'
import type { PgpEncryption } from '../domain/encryption.js'
import { ExportError } from '../domain/errors.js'
import type { OpenFileEncryptor } from '../domain/file-encryptor.js'
import { isExpired, type PgpKey } from '../domain/pgp-key.js'
import { loadOpenpgp } from './openpgp.js'
import { parseKey } from './parse-key.js'
import { pgpEncoder } from './pgp-encoder.js'
import type { SigningKeys } from './signing-key.js'

export interface FileEncryptorDependencies {
  readonly pgpKeys: { list(tenantId: string): Promise<PgpKey[]> }
  readonly signingKeys: SigningKeys
  readonly now?: () => Date
}

/** Reads the tenant's keys for each window, so that a change of the keys is effective from the next file on. */
export function createFileEncryptors(deps: FileEncryptorDependencies): OpenFileEncryptor {
  const { pgpKeys, signingKeys, now = () => new Date() } = deps
  return async (tenantId, { pgp }) => {
    const chosen = chosenKeys(tenantId, pgp, await pgpKeys.list(tenantId))
    const recipients = await Promise.all(chosen.map((key) => usableKey(key, now())))
    const signingKey = pgp.sign ? await signingKeys.privateKey(now()) : undefined
    const fingerprints = chosen.map(({ fingerprint }) => fingerprint)
    return {
      encryption: { recipients: fingerprints, signedBy: signingKey?.getFingerprint().toUpperCase() ?? null },
      encrypt: () => pgpEncoder({ recipients, signingKey }),
      requireUnchanged: async () => requireAll(tenantId, fingerprints, await pgpKeys.list(tenantId)),
    }
  }
}

/** All keys, or the named ones. */
function chosenKeys(tenantId: string, { publicKeys }: PgpEncryption, keys: readonly PgpKey[]): readonly PgpKey[] {
  if (publicKeys === null) {
    if (keys.length === 0) throw unusable(`${tenantId} has no PGP key`)
    return keys
  }
  return publicKeys.map((fingerprint) => {
    const key = keys.find((each) => each.fingerprint === fingerprint)
    if (!key) throw unusable(`${tenantId} no longer has the PGP key ${fingerprint}`)
    return key
  })
}

/** One key that can't be used fails the file: otherwise its reader would get files that it can't decrypt. */
async function usableKey(key: PgpKey, now: Date): Promise<Key> {
  if (isExpired(key, now)) {
    throw unusable(`the PGP key ${key.fingerprint} has expired on ${key.expiresAt?.toISOString()}`)
  }
  const { strict } = await loadOpenpgp()
  try {
    const parsed = await parseKey(key.armored)
    await parsed.getEncryptionKey(undefined, now, undefined, strict)
    return parsed
  } catch (error) {
    throw unusable(`the PGP key ${key.fingerprint} can't encrypt`, error)
  }
}

function unusable(cause: string, error?: unknown): ExportError {
  const fix = 'The tenant must add a valid key with addPgpKey, and remove the other one with removePgpKey.'
  return new ExportError('PGP_KEY_UNUSABLE', `The file can't be encrypted: ${cause}. ${fix}`, { cause: error })
}

function requireAll(tenantId: string, fingerprints: readonly string[], keys: readonly PgpKey[]): void {
  const gone = fingerprints.filter((fingerprint) => !keys.some((key) => key.fingerprint === fingerprint))
  if (gone.length === 0) return
  throw new ExportError(
    'PGP_KEYS_CHANGED',
    `${tenantId} removed the PGP key ${gone.join(', ')} while a file was encrypted to it. The next attempt uses the keys that are left.`,
  )
}
