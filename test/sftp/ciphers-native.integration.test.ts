import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { describeEachCipher } from './support/each-cipher.js'
import { nativeCiphersAreBuilt } from './support/native-ciphers.js'

const require = createRequire(import.meta.url)

if (nativeCiphersAreBuilt()) await describeEachCipher('native ciphers')

test('ssh2 uses native ciphers if they are built', () => {
  expect(require('ssh2/lib/protocol/crypto.js')).toMatchObject({ bindingAvailable: nativeCiphersAreBuilt() })
})
