import type { Admin } from '../../compose/admin.js'
import { readEnvironment } from '../../config/env.js'

/** Opens what most commands need. It is loaded only then, because sshd waits for `authorized-keys` at every login. */
export async function openAdmin(): Promise<Admin> {
  const { loadConfig } = await import('../../config/config.js')
  const { composeAdmin } = await import('../../compose/admin.js')
  return composeAdmin(loadConfig(readEnvironment()))
}
