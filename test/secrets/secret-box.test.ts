import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSecretBox, secretKeyId, SecretUnreadableError } from '../../src/secrets/secret-box.js'

const current = randomBytes(32)
const box = createSecretBox({ current })
const secret = Buffer.from('the signing key of an endpoint')

test('a sealed secret opens with its key and in its context, and contains neither secret nor key', () => {
  const sealed = box.seal(secret, 'webhook acme 1')
  expect(box.open(sealed, 'webhook acme 1')).toEqual(secret)
  expect(sealed.keyId).toBe(secretKeyId(current))
  for (const part of [secret, current]) expect(Buffer.from(sealed.sealed).includes(part)).toBe(false)
})

test('the same secret is sealed differently each time, with a data key of its own', () => {
  const [one, other] = [box.seal(secret, 'a'), box.seal(secret, 'a')]
  expect(Buffer.from(one.sealed).equals(Buffer.from(other.sealed))).toBe(false)
})

test('a secret of one endpoint does not open as that of another endpoint or tenant', () => {
  const sealed = box.seal(secret, 'webhook acme 1')
  for (const context of ['webhook acme 2', 'webhook globex 1', '']) {
    expect(() => box.open(sealed, context)).toThrow(SecretUnreadableError)
  }
})

test('a secret that was changed in any byte does not open', () => {
  const sealed = box.seal(secret, 'a')
  for (let at = 0; at < sealed.sealed.length; at++) {
    const changed = Buffer.from(sealed.sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => box.open({ ...sealed, sealed: changed }, 'a')).toThrow(SecretUnreadableError)
  }
  for (const length of [0, 1, 60, 88]) {
    expect(() => box.open({ ...sealed, sealed: sealed.sealed.slice(0, length) }, 'a')).toThrow(SecretUnreadableError)
  }
})

test('a secret of an unknown key is refused with the settings to change, and without the key', () => {
  const sealed = createSecretBox({ current: randomBytes(32) }).seal(secret, 'a')
  expect(() => box.open(sealed, 'a')).toThrow(/SECRETS_KEY_PREVIOUS/)
  expect(() => box.open(sealed, 'a')).toThrow(sealed.keyId)
})

test('after a rotation of the key, the previous key opens, and a rewrapped secret needs only the new key', () => {
  const sealed = box.seal(secret, 'a')
  const next = randomBytes(32)
  const during = createSecretBox({ current: next, previous: current })
  expect(during.open(sealed, 'a')).toEqual(secret)
  const rewrapped = during.rewrap(sealed, 'a')
  expect(createSecretBox({ current: next }).open(rewrapped, 'a')).toEqual(secret)
  expect(() => box.open(rewrapped, 'a')).toThrow(SecretUnreadableError)
  expect(() => during.rewrap(sealed, 'b')).toThrow(SecretUnreadableError)
})
