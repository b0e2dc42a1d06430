import { createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, CompactSign, compactVerify, errors, exportJWK, type JWK } from 'jose'
import type { ManifestSigner } from '../domain/publication-ports.js'

const alg = 'EdDSA'

/** A public key as the API publishes it. */
export interface PublishedKey {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly use: 'sig'
  readonly alg: typeof alg
}

/** Signs with an Ed25519 private key. */
export async function createManifestSigner(signingKey: KeyObject): Promise<ManifestSigner> {
  const { kid } = await publishedKey(createPublicKey(signingKey))
  return {
    keyId: kid,
    sign: async (content) => {
      const compact = await new CompactSign(content).setProtectedHeader({ alg, kid }).sign(signingKey)
      const [header, , signature] = compact.split('.')
      return `${header}..${signature}`
    },
  }
}

/** The keys of a JSON Web Key Set, each once, in the given order. */
export async function publishedKeys(publicKeys: readonly KeyObject[]): Promise<readonly PublishedKey[]> {
  const keys = await Promise.all(publicKeys.map(publishedKey))
  return [...new Map(keys.map((key) => [key.kid, key])).values()]
}

async function publishedKey(publicKey: KeyObject): Promise<PublishedKey> {
  const jwk: JWK = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(jwk, 'sha256')
  return { kty: 'OKP', crv: 'Ed25519', x: jwk.x ?? '', kid, use: 'sig', alg }
}

/** The id of the key that has signed the content; undefined if none of these keys has. */
export type SignatureCheck = (content: Buffer, signature: string) => Promise<string | undefined>

export function createSignatureCheck(publicKeys: readonly KeyObject[]): SignatureCheck {
  return async (content, signature) => {
    const [, header, value] = /^([\w-]+)\.\.([\w-]+)$/.exec(signature) ?? []
    if (header === undefined || value === undefined) return undefined
    const compact = `${header}.${content.toString('base64url')}.${value}`
    for (const publicKey of publicKeys) {
      const { kid } = await publishedKey(publicKey)
      if (await isSignedBy(publicKey, kid, compact)) return kid
    }
    return undefined
  }
}

async function isSignedBy(publicKey: KeyObject, kid: string, compact: string): Promise<boolean> {
  try {
    const { protectedHeader } = await compactVerify(compact, publicKey, { algorithms: [alg] })
    return protectedHeader.kid === kid
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}
