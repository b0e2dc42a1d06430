import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Environment } from '../../src/config/env.js'
import { readOrCreateSecretFile } from '../machine/private-files.js'

/** What each secret of the stack's own is, with the file that keeps it. */
const secrets = {
  SECRETS_KEY: { file: 'secrets.key', make: () => randomBytes(32).toString('base64') },
  MANIFEST_SIGNING_KEY: {
    file: 'manifest-signing.pem',
    make: () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  },
} as const

/** Keys of the stack's own for secrets at rest and for signatures, except those that are given. */
export async function ownSecrets(folder: string, given: Environment): Promise<Environment> {
  const own: Record<string, string> = {}
  for (const [name, { file, make }] of Object.entries(secrets)) {
    if (given[name] || given[`${name}_FILE`]) continue
    own[name] = await readOrCreateSecretFile(join(folder, file), make)
  }
  return own
}
