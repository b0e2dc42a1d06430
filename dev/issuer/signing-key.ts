import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { readOrCreateSecretFile } from '../machine/private-files.js'
import { StartError } from '../machine/start-error.js'

export const signingAlgorithm = 'ES256'

export interface SigningKey {
  readonly privateKey: CryptoKey
  /** The key that verifiers fetch. Its `kid` is in the header of each token. */
  readonly publicJwk: JWK & { readonly kid: string }
}

/** Reads the issuer's key, a private JWK. The first start makes it; it stays, so that old tokens remain valid. */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  const jwk = JSON.parse(await readOrCreateSecretFile(file, generate)) as JWK
  const privateKey = await importJWK(jwk, signingAlgorithm)
  if (privateKey instanceof Uint8Array)
    throw new StartError(`The file ${file} has no ${signingAlgorithm} key. Restore it, or remove it to get a new key.`)
  const { d: _private, ...publicPart } = jwk
  const kid = await calculateJwkThumbprint(publicPart)
  return { privateKey, publicJwk: { ...publicPart, kid, alg: signingAlgorithm, use: 'sig' } }
}

async function generate(): Promise<string> {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
  return JSON.stringify(await exportJWK(privateKey))
}
