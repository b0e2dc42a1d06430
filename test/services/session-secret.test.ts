import { expect, test } from 'vitest'
import { hashOf, newSecret, seal, unseal } from '../../src/services/console/session-secret.js'

const tokens = { accessToken: 'access', refreshToken: 'refresh' }

test('only the secret of a console session decrypts its tokens', () => {
  const [secret, other] = [newSecret(), newSecret()]
  const sealed = seal(tokens, secret)
  expect(unseal(sealed, secret)).toEqual(tokens)
  expect(() => unseal(sealed, other)).toThrow()
  expect(sealed.toString('latin1')).not.toContain('access')
})

test('tokens that somebody has changed in the database are not decrypted', () => {
  const secret = newSecret()
  const sealed = seal(tokens, secret)
  for (const at of [0, 12, sealed.length - 1]) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    expect(() => unseal(changed, secret)).toThrow()
  }
  expect(() => unseal(sealed.subarray(0, 20), secret)).toThrow()
})

test('the hash of a secret is not the key of its tokens, and equal tokens are encrypted differently', () => {
  const secret = newSecret()
  expect(seal(tokens, secret)).not.toEqual(seal(tokens, secret))
  expect(hashOf(secret)).toHaveLength(32)
  expect(() => unseal(seal(tokens, secret), hashOf(secret)?.toString('base64url') ?? '')).toThrow()
})

test.each(['', 'short', `${newSecret()}=`, `${newSecret()}a`, '{}'])('%s can not be a secret', (text) => {
  expect(hashOf(text)).toBeUndefined()
})
