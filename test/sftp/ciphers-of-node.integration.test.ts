import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { describeEachCipher } from './support/each-cipher.js'

const require = createRequire(import.meta.url)
const { extensions } = require as unknown as { extensions: Record<string, () => void> }

// Before anything loads ssh2. Now it finds no native ciphers, as if they had not been built.
extensions['.node'] = () => {
  throw new Error('There is no native code here.')
}

test('ssh2 uses the ciphers of Node if it finds no native ones', () => {
  expect(require('ssh2/lib/protocol/crypto.js')).toMatchObject({ bindingAvailable: false })
})

await describeEachCipher('ciphers of Node')
