import type { Command } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { type JsonOption, show, withJson } from '../output.js'
import { openAdmin } from './open-admin.js'

/** Adds `secrets rotate`. */
export function addSecrets(commands: Command): void {
  const secrets = commands.command('secrets').description("tenants' secrets at rest").helpCommand(false)
  withJson(secrets.command('rotate'))
    .description('encrypt all secrets with SECRETS_KEY, after it was changed (needs SECRETS_KEY_PREVIOUS)')
    .action(rotate)
}

async function rotate(options: JsonOption): Promise<void> {
  await using admin: Admin = await openAdmin()
  show(options, await admin.rotateSecrets(), ({ secrets, tenants, keyId }) => {
    console.log(`Encrypted ${secrets} secrets of ${tenants} tenants with the key ${keyId}.`)
    console.log('SECRETS_KEY_PREVIOUS is no longer needed, once every process has the new SECRETS_KEY.')
  })
}
