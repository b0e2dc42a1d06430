import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Whether `npm run setup` has built ssh2's native ciphers on this machine; where it has not, that is said plainly. */
export function nativeCiphersAreBuilt(): boolean {
  const ssh2 = dirname(createRequire(import.meta.url).resolve('ssh2'))
  const areBuilt = existsSync(join(ssh2, 'protocol/crypto/build/Release/sshcrypto.node'))
  if (!areBuilt) console.warn('DID NOT RUN: native ciphers: ssh2 has none here; `npm run setup` says why')
  return areBuilt
}
