import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { WebhookSignature } from '../domain/webhook.js'

/** A new secret: what is sealed, and what the tenant gets. */
export interface NewSigningSecret {
  readonly signature: WebhookSignature
  /** The bytes that sign: the key of HMAC, or the private key of Ed25519 in PKCS 8. */
  readonly secret: Buffer
  /** `whsec_…`, which is shown once; null for Ed25519, whose private key is never shown. */
  readonly shown: string | null
  /** `whpk_…`; null for HMAC. */
  readonly publicKey: string | null
}

/** Between 24 and 64, as Standard Webhooks requires. */
const hmacBytes = 32
const rawKeyBytes = 32

export function newSigningSecret(signature: WebhookSignature): NewSigningSecret {
  if (signature === 'HMAC') {
    const secret = randomBytes(hmacBytes)
    return { signature, secret, shown: `whsec_${secret.toString('base64')}`, publicKey: null }
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-rawKeyBytes)
  return {
    signature,
    secret: privateKey.export({ type: 'pkcs8', format: 'der' }),
    shown: null,
    publicKey: `whpk_${raw.toString('base64')}`,
  }
}

export interface SigningSecret {
  readonly signature: WebhookSignature
  readonly secret: Buffer
}

/** The headers of a message, as Standard Webhooks 1.0.0 defines them. Each secret signs: a receiver needs one of them. */
export function signedHeaders(
  { id, body, at }: { readonly id: string; readonly body: string; readonly at: Date },
  secrets: readonly SigningSecret[],
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp }
  if (secrets.length === 0) return headers
  const signed = `${id}.${timestamp}.${body}`
  return { ...headers, 'webhook-signature': secrets.map((secret) => signatureOf(signed, secret)).join(' ') }
}

function signatureOf(text: string, { signature, secret }: SigningSecret): string {
  if (signature === 'HMAC') return `v1,${createHmac('sha256', secret).update(text).digest('base64')}`
  const key = createPrivateKey({ key: secret, type: 'pkcs8', format: 'der' })
  return `v1a,${sign(null, Buffer.from(text), key).toString('base64')}`
}
