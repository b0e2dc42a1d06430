import { expect, test } from 'vitest'
import { hasPrivatePgpKey } from '../../../console/src/pages/pgp/private-pgp-key'
import {
  encryptionChanges,
  encryptionSummary,
  type EncryptionValue,
  isSameEncryption,
  noEncryption,
  withKey,
} from '../../../console/src/pages/settings/settings/encryption/encryption'

const encrypted = (publicKeys: readonly string[] | null = null, sign = false): EncryptionValue => ({
  isOn: true,
  publicKeys,
  sign,
})

test('the summary of an encryption says to how many keys, and whether files are signed', () => {
  expect(encryptionSummary(noEncryption)).toBe('Files are not encrypted')
  expect(encryptionSummary(encrypted())).toBe('Files are encrypted to all PGP keys')
  expect(encryptionSummary(encrypted(['A'], true))).toBe('Files are encrypted to 1 PGP key, and signed')
})

test('the changes of an encryption say both, also if only the keys differ', () => {
  expect(encryptionChanges(noEncryption, encrypted())).toEqual([
    'Files are not encrypted → Files are encrypted to all PGP keys',
  ])
  expect(encryptionChanges(encrypted(['A']), encrypted(['B']))).toEqual(['Other PGP keys'])
  expect(encryptionChanges(encrypted(['A', 'B']), encrypted(['B', 'A']))).toEqual([])
})

test('keys that were chosen before encryption was turned off make no difference', () => {
  expect(isSameEncryption(noEncryption, { ...encrypted(['A'], true), isOn: false })).toBe(true)
})

test('a key that is left out of all keys leaves the others', () => {
  expect(withKey(encrypted(), { fingerprint: 'A', isSelected: false }, ['A', 'B'])).toEqual(['B'])
  expect(withKey(encrypted(['B']), { fingerprint: 'A', isSelected: true }, ['A', 'B'])).toEqual(['B', 'A'])
})

test('a private PGP key is found in a text, also with other line ends', () => {
  expect(hasPrivatePgpKey('-----BEGIN PGP PRIVATE\r\nKEY BLOCK-----')).toBe(true)
  expect(hasPrivatePgpKey('-----BEGIN PGP PUBLIC KEY BLOCK-----')).toBe(false)
})
