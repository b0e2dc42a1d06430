import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { least, problemsOf } from './support/least.js'

const [one, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')]
const secretOf = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }))
const publicOf = (key: KeyObject): string => String(key.export({ type: 'spki', format: 'pem' }))

test('nothing is signed without a key', () => {
  expect(loadConfig(least).manifestKeys).toEqual({ signingKey: undefined, publicKeys: [] })
})

test('the public part of the signing key is published before further public keys', () => {
  const { signingKey, publicKeys } = loadConfig({
    ...least,
    MANIFEST_SIGNING_KEY: secretOf(one.privateKey),
    MANIFEST_PUBLIC_KEYS: `${publicOf(other.publicKey)}${publicOf(one.publicKey)}`,
  }).manifestKeys
  expect(signingKey?.equals(one.privateKey)).toBe(true)
  expect(publicKeys.map(publicOf)).toEqual([one, other, one].map(({ publicKey }) => publicOf(publicKey)))
})

test('an API can have the public keys only', () => {
  const { signingKey, publicKeys } = loadConfig({
    ...least,
    MANIFEST_PUBLIC_KEYS: publicOf(one.publicKey),
  }).manifestKeys
  expect(signingKey).toBeUndefined()
  expect(publicKeys).toHaveLength(1)
})

test('a key of another kind is refused, and no problem quotes it', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const secret = 'must be an Ed25519 private key in PEM (PKCS#8): openssl genpkey -algorithm ed25519'
  for (const wrong of [
    secretOf(rsa.privateKey),
    publicOf(one.publicKey),
    'hunter2-hunter2',
    '-----BEGIN PRIVATE KEY-----',
  ]) {
    expect(problemsOf({ ...least, MANIFEST_SIGNING_KEY: wrong })).toEqual([`MANIFEST_SIGNING_KEY ${secret}`])
  }
  const known = 'must be Ed25519 public keys in PEM, one after the other: openssl pkey -in KEY -pubout'
  for (const wrong of [publicOf(rsa.publicKey), secretOf(one.privateKey), 'hunter2-hunter2']) {
    expect(problemsOf({ ...least, MANIFEST_PUBLIC_KEYS: wrong })).toEqual([`MANIFEST_PUBLIC_KEYS ${known}`])
  }
})
