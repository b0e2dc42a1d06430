import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { describeEachCipher } from '../support/each-cipher.js'

const require = createRequire(import.meta.url)
const { extensions } = require as unknown as { extensions: Record<string, () => void> }

// Before anything loads ssh2: as where its native ciphers were not built.
extensions['.node'] = () => {
  throw new Error('There is no native code here.')
}

test('without native ciphers ssh2 goes on with those of Node', () => {
  expect(require('ssh2/lib/protocol/crypto.js')).toMatchObject({ bindingAvailable: false })
})

await describeEachCipher('ciphers of Node')
