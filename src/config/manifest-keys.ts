import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

/** The operator's keys for manifests and indexes. Without keys, nothing is signed. */
export interface ManifestKeysConfig {
  /** An Ed25519 private key. Only workers need it. */
  readonly signingKey: KeyObject | undefined
  /** What the API publishes: the public part of the signing key, and further public keys, such as the one before. */
  readonly publicKeys: readonly KeyObject[]
}

/** The errors do not quote the value. */
const keys = (error: string, read: (pem: string) => KeyObject[]) =>
  z
    .string()
    .transform((pem, context) => {
      const found = ed25519(() => read(pem))
      if (found.length === 0) context.addIssue({ code: 'custom', message: error })
      return found
    })
    .optional()

export const manifestSigningKey = keys(
  'must be an Ed25519 private key in PEM (PKCS#8): openssl genpkey -algorithm ed25519',
  (pem) => [createPrivateKey(pem)],
)

export const manifestPublicKeys = keys(
  'must be Ed25519 public keys in PEM, one after the other: openssl pkey -in KEY -pubout',
  (pem) =>
    (pem.match(/-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g) ?? []).map((one) => createPublicKey(one)),
)

/** Empty if one of them is of another kind, or can't be read. */
function ed25519(read: () => KeyObject[]): KeyObject[] {
  try {
    const found = read()
    return found.every(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519') ? found : []
  } catch {
    return []
  }
}

export function manifestKeys(env: {
  readonly MANIFEST_SIGNING_KEY?: readonly KeyObject[] | undefined
  readonly MANIFEST_PUBLIC_KEYS?: readonly KeyObject[] | undefined
}): ManifestKeysConfig {
  const [signingKey] = env.MANIFEST_SIGNING_KEY ?? []
  const own = signingKey === undefined ? [] : [createPublicKey(signingKey)]
  return { signingKey, publicKeys: [...own, ...(env.MANIFEST_PUBLIC_KEYS ?? [])] }
}
