import { openAuthorizedKeys } from '../authorized-keys.js'
import { ConfigError, loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { main } from './main.js'

const usage = `Usage:
  cli.js migrate                        bring Tidemark's tables to the current version
  cli.js remove-registration <tenant>   remove a tenant's registration and schedule; files and records stay
  cli.js authorized-keys <account> [SHA256:…]
                                        the lines with which an account may log in over SFTP: sshd's AuthorizedKeysCommand
  cli.js verify --all | --tenant T | --day YYYY-MM-DD [--no-source]
                                        hold delivered files to the ledger, their manifests and the source`

// Each command loads what it needs by itself: sshd waits for `authorized-keys` at every login.
await main(async (stop) => {
  const [command, ...args] = process.argv.slice(2)
  const [argument] = args
  if (command === 'migrate' && argument === undefined) return migrate()
  if (command === 'remove-registration' && argument !== undefined) return removeRegistration(argument)
  if (command === 'authorized-keys' && argument !== undefined) return printAuthorizedKeys(argument, args[1])
  const code = command === 'verify' ? await verify(args, stop) : undefined
  if (code === undefined) console.error(usage)
  process.exitCode = code ?? 2
})

async function migrate(): Promise<void> {
  const { migrateDatabase } = await import('../compose.js')
  const applied = await migrateDatabase(databaseUrl())
  console.log(applied.length === 0 ? 'The tables are up to date.' : `Applied: ${applied.join(', ')}`)
}

async function removeRegistration(tenantId: string): Promise<void> {
  const { composeOperator } = await import('../compose.js')
  await using operator = await composeOperator(loadConfig(readEnvironment()))
  const removed = await operator.removeRegistration(tenantId)
  console.log(removed ? `Removed the registration of ${tenantId}.` : `${tenantId} has no registration.`)
}

async function verify(args: readonly string[], stop: AbortSignal): Promise<number | undefined> {
  const { verifyCommand } = await import('./verify-command.js')
  return verifyCommand(args, stop)
}

/** Nothing for a name that is no tenant's: sshd then says no more than that the login failed. */
async function printAuthorizedKeys(username: string, fingerprint: string | undefined): Promise<void> {
  await using keys = openAuthorizedKeys(databaseUrl())
  for (const line of await keys.lines(username, fingerprint)) console.log(line)
}

/** The one variable that these commands need. */
function databaseUrl(): string {
  const url = readEnvironment()['DATABASE_URL']
  if (!url) throw new ConfigError(['DATABASE_URL is required'])
  return url
}
