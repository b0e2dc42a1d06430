import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Environment } from '../../src/config/env.js'
import { readOrCreateSecretFile } from '../machine/private-files.js'

/** A key of the stack's own for secrets at rest. Receivers of events may be on this machine. */
export async function webhookEnvironment(folder: string, given: Environment): Promise<Environment> {
  const allowed = { WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true' }
  if (given['SECRETS_KEY'] || given['SECRETS_KEY_FILE']) return allowed
  const key = await readOrCreateSecretFile(join(folder, 'secrets.key'), () => randomBytes(32).toString('base64'))
  return { SECRETS_KEY: key, ...allowed }
}
