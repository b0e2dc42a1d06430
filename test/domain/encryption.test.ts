import { expect, test } from 'vitest'
import { fileExtension } from '../../src/domain/encoder.js'
import { type Encryption, isSameEncryption } from '../../src/domain/encryption.js'
import { expiresSoon, isExpired, parseFingerprint } from '../../src/domain/pgp-key.js'
import { replaceRegistration, targetOf } from '../../src/domain/registration.js'
import { change, selected } from '../support/world/builders.js'

const encrypted = (publicKeys: readonly string[] | null = null, sign = false): Encryption => ({
  pgp: { publicKeys, sign },
})
const fingerprint = '3AA5C34371567BD2EFC2A9D6C9F1D4D5B0F4F3F2'

test('each encoder adds its extension to the name of a file, compression first', () => {
  expect(fileExtension({ compression: 'NONE' })).toBe('.csv')
  expect(fileExtension({ compression: 'NONE' }, encrypted())).toBe('.csv.pgp')
  expect(fileExtension({ compression: 'GZIP' }, encrypted())).toBe('.csv.gz.pgp')
  expect(fileExtension({ compression: 'ZSTD' }, encrypted())).toBe('.csv.zst.pgp')
})

test('the order of the keys makes no difference to an encryption', () => {
  expect(isSameEncryption(encrypted(['A', 'B']), encrypted(['B', 'A']))).toBe(true)
  expect(isSameEncryption(encrypted(['A']), encrypted(['A', 'B']))).toBe(false)
  expect(isSameEncryption(encrypted(['A']), encrypted())).toBe(false)
  expect(isSameEncryption(encrypted(), encrypted(null, true))).toBe(false)
  expect(isSameEncryption(null, encrypted())).toBe(false)
  expect(isSameEncryption(null, null)).toBe(true)
})

test('an encryption that is left out becomes none, and only a call that disables the export keeps it (promise 15)', () => {
  const current = replaceRegistration(
    undefined,
    { ...selected('user'), encryption: encrypted() },
    change('2026-11-23T00:00:00Z'),
  )
  const left = { frequency: undefined, schedule: undefined, fileFormat: undefined, encryption: undefined, entities: [] }
  expect(targetOf({ ...left, exportOption: 'EXPORT_ALL' }, current).encryption).toBeNull()
  expect(targetOf({ ...left, exportOption: 'DISABLE_EXPORT' }, current).encryption).toEqual(encrypted())
})

test.each([
  [fingerprint, fingerprint],
  [`0x${fingerprint.toLowerCase()}`, fingerprint],
  ['3AA5 C343 7156 7BD2 EFC2  A9D6 C9F1 D4D5 B0F4 F3F2', fingerprint],
  ['C9F1D4D5B0F4F3F2', undefined],
  ['x'.repeat(1000), undefined],
])('a fingerprint is read as people write it: %s', (text, read) => {
  expect(parseFingerprint(text)).toBe(read)
})

test('a key warns 30 days before its end, and is expired from its end on', () => {
  const expiresAt = new Date('2026-12-31T00:00:00Z')
  const at = (time: string) => [expiresSoon({ expiresAt }, new Date(time)), isExpired({ expiresAt }, new Date(time))]
  expect(at('2026-11-30T23:59:59Z')).toEqual([false, false])
  expect(at('2026-12-01T00:00:00Z')).toEqual([true, false])
  expect(at('2026-12-31T00:00:00Z')).toEqual([true, true])
  expect(isExpired({ expiresAt: null }, new Date())).toBe(false)
})
