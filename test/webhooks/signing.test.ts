import { createPublicKey, verify } from 'node:crypto'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { newSigningSecret, signedHeaders } from '../../src/webhooks/signing.js'

const body = JSON.stringify({ id: 'e-1', type: 'test', data: { text: 'ü' } })
const message = { id: 'e-1', body, at: new Date() }

/** Verifies with the raw key of `whpk_…`, as a receiver does that knows only the specification. */
function isValidEd25519(publicKey: string, headers: Record<string, string>, text = body): boolean {
  const raw = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64')
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') } })
  const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`)
  const signatures = (headers['webhook-signature'] ?? '').split(' ').filter((each) => each.startsWith('v1a,'))
  return signatures.some((each) => verify(null, signed, key, Buffer.from(each.slice('v1a,'.length), 'base64')))
}

describe('signatures of messages', () => {
  test('the library of Standard Webhooks accepts a message that HMAC has signed, and no changed one', () => {
    const secret = newSigningSecret('HMAC')
    const headers = signedHeaders(message, [secret])
    const receiver = new Webhook(secret.shown ?? '')
    expect(receiver.verify(body, headers)).toMatchObject({ id: 'e-1' })
    expect(() => receiver.verify(`${body} `, headers)).toThrow(WebhookVerificationError)
    expect(() => receiver.verify(body, { ...headers, 'webhook-id': 'e-2' })).toThrow(WebhookVerificationError)
    expect(() => new Webhook(newSigningSecret('HMAC').shown ?? '').verify(body, headers)).toThrow()
  })

  test('the public key of Ed25519 verifies a message, and no changed one', () => {
    const secret = newSigningSecret('ED25519')
    const headers = signedHeaders(message, [secret])
    expect(isValidEd25519(secret.publicKey ?? '', headers)).toBe(true)
    expect(isValidEd25519(secret.publicKey ?? '', headers, `${body} `)).toBe(false)
    expect(isValidEd25519(newSigningSecret('ED25519').publicKey ?? '', headers)).toBe(false)
  })

  test('during a rotation, both secrets sign, and a receiver needs one of them', () => {
    const [old, next, key] = [newSigningSecret('HMAC'), newSigningSecret('HMAC'), newSigningSecret('ED25519')]
    const headers = signedHeaders(message, [old, next, key])
    for (const { shown } of [old, next]) expect(new Webhook(shown ?? '').verify(body, headers)).toBeDefined()
    expect(isValidEd25519(key.publicKey ?? '', headers)).toBe(true)
  })

  test('a message without secrets has an id and a time, and no signature', () => {
    expect(Object.keys(signedHeaders(message, []))).toEqual(['webhook-id', 'webhook-timestamp'])
  })

  test('secrets have the forms of Standard Webhooks, and the private key of Ed25519 is never shown', () => {
    const [hmac, ed25519] = [newSigningSecret('HMAC'), newSigningSecret('ED25519')]
    expect(hmac.shown).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(hmac.publicKey).toBeNull()
    expect(ed25519.shown).toBeNull()
    expect(ed25519.publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/)
  })
})
