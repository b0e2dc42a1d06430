import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Whether `npm run ciphers` has built ssh2's native ciphers on this machine. If not, the output says so. */
export function nativeCiphersAreBuilt(): boolean {
  const ssh2 = dirname(createRequire(import.meta.url).resolve('ssh2'))
  const areBuilt = existsSync(join(ssh2, 'protocol/crypto/build/Release/sshcrypto.node'))
  if (!areBuilt) console.warn('DID NOT RUN: the tests of native ciphers need `npm run ciphers`')
  return areBuilt
}
