import { generateKeyPairSync, verify } from 'node:crypto'
import { compactVerify, createLocalJWKSet } from 'jose'
import { expect, test } from 'vitest'
import { createManifestSigner, createSignatureCheck, publishedKeys } from '../../src/signing/manifest-keys.js'

const [current, previous] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')]
const content = Buffer.from('{ "a manifest": "ä" }\n')

test('a signature is a detached JWS over the exact bytes of the file, which another implementation verifies', async () => {
  const { keyId, sign } = await createManifestSigner(current.privateKey)
  const signature = await sign(content)
  const [header = '', payload, value = ''] = signature.split('.')
  expect(payload).toBe('')
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'EdDSA', kid: keyId })
  const signed = Buffer.from(`${header}.${content.toString('base64url')}`)
  expect(verify(null, signed, current.publicKey, Buffer.from(value, 'base64url'))).toBe(true)
})

test('the published keys are a key set that verifies signatures of the key before and of the current one', async () => {
  const keys = await publishedKeys([current.publicKey, previous.publicKey, current.publicKey])
  expect(keys).toHaveLength(2)
  for (const key of keys) {
    expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA' })
  }
  const keySet = createLocalJWKSet({ keys: keys.map((key) => ({ ...key })) })
  for (const { privateKey } of [current, previous]) {
    const { sign } = await createManifestSigner(privateKey)
    const [header, , value] = (await sign(content)).split('.')
    const { payload } = await compactVerify(`${header}.${content.toString('base64url')}.${value}`, keySet)
    expect(Buffer.from(payload)).toEqual(content)
  }
})

test('a signature check names the key, and knows no changed content and no other key', async () => {
  const { keyId, sign } = await createManifestSigner(previous.privateKey)
  const signature = await sign(content)
  const check = createSignatureCheck([current.publicKey, previous.publicKey])
  expect(await check(content, signature)).toBe(keyId)
  expect(await check(Buffer.from('{}'), signature)).toBeUndefined()
  expect(await createSignatureCheck([current.publicKey])(content, signature)).toBeUndefined()
  for (const broken of ['', 'a.b.c', '..', signature.slice(0, -5), `${signature}.`]) {
    expect(await check(content, broken), broken).toBeUndefined()
  }
})
