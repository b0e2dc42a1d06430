import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { describeEachCipher } from '../support/each-cipher.js'

const require = createRequire(import.meta.url)
const binding = join(dirname(require.resolve('ssh2')), 'protocol/crypto/build/Release/sshcrypto.node')
const isBuilt = existsSync(binding)
if (!isBuilt) console.warn('DID NOT RUN: ssh2 has no native ciphers here: see what `npm run postinstall` says')

test.runIf(isBuilt)('the native ciphers that `npm install` has built are those in use', () => {
  expect(require('ssh2/lib/protocol/crypto.js')).toMatchObject({ bindingAvailable: true })
})

if (isBuilt)
  await describeEachCipher('native ciphers', async () => (await import('../../src/sftp/sftp.js')).createSftpTarget)
