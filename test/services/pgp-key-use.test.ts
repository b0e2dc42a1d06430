import { describe, expect, test } from 'vitest'
import type { PgpKey } from '../../src/domain/pgp-key.js'
import { problemsOfEncryption, refusalOfRemoval } from '../../src/services/pgp-key-use.js'

const now = new Date('2026-11-28T00:00:00Z')
const keyWith = (fingerprint: string, expiresAt: Date | null = null): PgpKey => ({
  fingerprint,
  expiresAt,
  label: fingerprint,
  userId: '',
  algorithm: 'RSA 3072',
  armored: '',
  createdAt: now,
  addedAt: now,
  addedBy: 'tester',
})
const [valid, other, expired] = [keyWith('A'), keyWith('B'), keyWith('C', now)]
const encryption = (publicKeys: readonly string[] | null, sign = false) => ({ pgp: { publicKeys, sign } })

describe('a registration with encryption', () => {
  const codesOf = async (
    publicKeys: readonly string[] | null,
    keys: readonly PgpKey[],
    { sign = false, signer = false } = {},
  ) => {
    const signingKey = async () => (signer ? { fingerprint: 'D', publicKey: '' } : undefined)
    return (await problemsOfEncryption(encryption(publicKeys, sign), keys, signingKey, now)).map(({ code }) => code)
  }

  test('it needs at least one key, and all of its keys must be valid', async () => {
    expect(await codesOf(null, [])).toEqual(['PGP_KEY_UNUSABLE'])
    expect(await codesOf(null, [valid])).toEqual([])
    expect(await codesOf(null, [valid, expired])).toEqual(['PGP_KEY_UNUSABLE'])
    expect(await codesOf(['A'], [valid, expired])).toEqual([])
    expect(await codesOf(['C'], [valid, expired])).toEqual(['PGP_KEY_UNUSABLE'])
  })

  test('it must name keys that the tenant has', async () => {
    expect(await codesOf(['A', 'X'], [valid])).toEqual(['PGP_KEY_UNUSABLE'])
  })

  test('it can request signatures only if the operator has a key', async () => {
    expect(await codesOf(null, [valid], { sign: true })).toEqual(['SIGNING_UNAVAILABLE'])
    expect(await codesOf(null, [valid], { sign: true, signer: true })).toEqual([])
  })
})

describe('the removal of a key', () => {
  const isRefused = (publicKeys: readonly string[] | null | undefined, key: PgpKey, keys: readonly PgpKey[]) => {
    const registration = { encryption: publicKeys === undefined ? null : encryption(publicKeys) }
    return refusalOfRemoval(key, keys, registration, now)?.code === 'PGP_KEY_IN_USE'
  }

  test('a key that the registration names, and its last valid key, stay', () => {
    expect(isRefused(null, valid, [valid])).toBe(true)
    expect(isRefused(null, valid, [valid, expired])).toBe(true)
    expect(isRefused(null, valid, [valid, other])).toBe(false)
    expect(isRefused(null, expired, [valid, expired])).toBe(false)
    expect(isRefused(['A'], valid, [valid, other])).toBe(true)
    expect(isRefused(['A'], other, [valid, other])).toBe(false)
  })

  test('without encryption any key can be removed', () => {
    expect(isRefused(undefined, valid, [valid])).toBe(false)
    expect(refusalOfRemoval(valid, [valid], undefined, now)).toBeUndefined()
  })
})
