import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { readOrCreateSecretFile } from '../machine/private-files.js'
import { StartError } from '../machine/start-error.js'

export const signingAlgorithm = 'ES256'

export interface SigningKey {
  readonly privateKey: CryptoKey
  /** What verifiers fetch; its `kid` names the key in a token's header. */
  readonly publicJwk: JWK & { readonly kid: string }
}

/** The issuer's key from a file (a private JWK), which is made on the first start and kept: old tokens stay valid. */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  const jwk = JSON.parse(await readOrCreateSecretFile(file, generate)) as JWK
  const privateKey = await importJWK(jwk, signingAlgorithm)
  if (privateKey instanceof Uint8Array) throw new StartError(`${file} holds no ${signingAlgorithm} key`)
  const { d: _private, ...publicPart } = jwk
  const kid = await calculateJwkThumbprint(publicPart)
  return { privateKey, publicJwk: { ...publicPart, kid, alg: signingAlgorithm, use: 'sig' } }
}

async function generate(): Promise<string> {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
  return JSON.stringify(await exportJWK(privateKey))
}
