import type { Key, PrivateKey } from 'openpgp'
import { ExportError } from '../domain/errors.js'
import type { PgpSigningKey } from '../domain/pgp-key.js'
import { loadOpenpgp } from './openpgp.js'

/** The operator's key that signs files, as the settings have it. */
export interface SigningKeySettings {
  /** Armored. Processes that sign nothing may have the public key only. */
  readonly armored: string
  readonly passphrase: string | undefined
}

export interface SigningKeys {
  /** What tenants verify signatures with; undefined if the operator has configured no key. */
  publicKey(): Promise<PgpSigningKey | undefined>
  /** @throws ExportError PGP_SIGNING_KEY_UNUSABLE */
  privateKey(now: Date): Promise<PrivateKey>
}

/** Reads the key when it is first used. */
export function createSigningKeys(settings: SigningKeySettings | undefined): SigningKeys {
  let unlocked: Promise<PrivateKey> | undefined
  return {
    publicKey: async () => settings && publicPart(await readKey(settings)),
    privateKey: async (now) => {
      if (!settings) throw unusable('PGP_SIGNING_KEY is not set')
      unlocked ??= unlock(settings)
      return usable(await unlocked, now)
    },
  }
}

function unusable(cause: string, error?: unknown): ExportError {
  const message = `The file can't be signed: ${cause}. Set PGP_SIGNING_KEY to a valid private key, and restart the workers.`
  return new ExportError('PGP_SIGNING_KEY_UNUSABLE', message, { cause: error })
}

async function readKey({ armored }: SigningKeySettings): Promise<Key> {
  const { pgp, strict } = await loadOpenpgp()
  try {
    return await pgp.readKey({ armoredKey: armored, config: strict })
  } catch (error) {
    throw unusable("PGP_SIGNING_KEY can't be read as an armored OpenPGP key", error)
  }
}

async function unlock(settings: SigningKeySettings): Promise<PrivateKey> {
  const key = await readKey(settings)
  if (!key.isPrivate()) throw unusable('PGP_SIGNING_KEY is a public key')
  if (key.isDecrypted()) return key
  const { passphrase } = settings
  if (passphrase === undefined) throw unusable('PGP_SIGNING_KEY_PASSPHRASE is not set, and the key is locked')
  const { pgp, strict } = await loadOpenpgp()
  try {
    return await pgp.decryptKey({ privateKey: key, passphrase, config: strict })
  } catch (error) {
    throw unusable('PGP_SIGNING_KEY_PASSPHRASE does not unlock PGP_SIGNING_KEY', error)
  }
}

async function usable(key: PrivateKey, now: Date): Promise<PrivateKey> {
  const { strict } = await loadOpenpgp()
  try {
    await key.getSigningKey(undefined, now, undefined, strict)
    return key
  } catch (error) {
    throw unusable('PGP_SIGNING_KEY has expired, is revoked, or may not sign', error)
  }
}

async function publicPart(key: Key): Promise<PgpSigningKey> {
  const { strict } = await loadOpenpgp()
  return { fingerprint: key.getFingerprint().toUpperCase(), publicKey: key.toPublic().armor(strict) }
}
