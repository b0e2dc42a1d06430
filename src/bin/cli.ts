import { openAuthorizedKeys } from '../authorized-keys.js'
import type { Operator } from '../compose.js'
import { loadConfig } from '../config/config.js'
import { loadDatabaseUrl } from '../config/database-url.js'
import { readEnvironment } from '../config/env.js'
import { loadMigrationConfig } from '../config/migration-config.js'
import { main } from './main.js'

const usage = `Usage:
  cli.js migrate                        bring Tidemark's tables to the current version
  cli.js remove-registration <tenant>   remove a tenant's registration and schedule; files and records stay
  cli.js retention <tenant> <days>      keep the tenant's files for so many days, 0 for ever, or as everybody's: default
  cli.js remove-sftp-key <tenant> SHA256:…
                                        shut out one of the tenant's SFTP keys
  cli.js erase-tenant <tenant>          remove a tenant's files, registration, schedule and keys, and print a receipt;
                                        the ledger and the audit log stay
  cli.js authorized-keys <account> [SHA256:…]
                                        the lines with which an account may log in over SFTP: sshd's AuthorizedKeysCommand
  cli.js verify --all | --tenant T | --day YYYY-MM-DD [--no-source]
                                        hold delivered files to the ledger, their manifests and the source
  cli.js check-source [--json] [entity…]
                                        look for what hides rows of the source, loses changes or slows reads down`

// Each command loads what it needs by itself: sshd waits for `authorized-keys` at every login.
await main(async (stop) => {
  const [command, ...args] = process.argv.slice(2)
  const [argument] = args
  if (command === 'migrate' && argument === undefined) return migrate()
  if (command === 'remove-registration' && argument !== undefined) return removeRegistration(argument)
  if (command === 'retention' && args.length === 2) return setRetention(args[0] ?? '', args[1] ?? '')
  if (command === 'remove-sftp-key' && args.length === 2) return removeSftpKey(args[0] ?? '', args[1] ?? '')
  if (command === 'erase-tenant' && argument !== undefined) return eraseTenant(argument, stop)
  if (command === 'authorized-keys' && argument !== undefined) return printAuthorizedKeys(argument, args[1])
  const code = await verifyOrCheck(command, args, stop)
  if (code === undefined) console.error(usage)
  process.exitCode = code ?? 2
})

async function migrate(): Promise<void> {
  const { ownerUrl, serviceUrl, serviceLogin } = loadMigrationConfig(readEnvironment())
  const { migrateDatabase } = await import('../compose.js')
  const { applied, loginMade } = await migrateDatabase(ownerUrl, serviceUrl)
  if (loginMade) console.log(`Made the login ${serviceLogin}.`)
  console.log(applied.length === 0 ? 'The tables are up to date.' : `Applied: ${applied.join(', ')}`)
}

async function openOperator(): Promise<Operator> {
  const { composeOperator } = await import('../compose.js')
  return composeOperator(loadConfig(readEnvironment()))
}

async function removeRegistration(tenantId: string): Promise<void> {
  await using operator = await openOperator()
  const removed = await operator.removeRegistration(tenantId)
  console.log(removed ? `Removed the registration of ${tenantId}.` : `${tenantId} has no registration.`)
}

async function setRetention(tenantId: string, asked: string): Promise<void> {
  const days = asked === 'default' ? null : Number(asked)
  if (days !== null && !/^\d{1,5}$/.test(asked)) {
    console.error(`${asked} is no number of days: give 0 to 99999, or default.`)
    process.exitCode = 2
    return
  }
  await using operator = await openOperator()
  await operator.setRetention(tenantId, days)
  const time = days === null ? "as long as everybody's" : days === 0 ? 'for ever' : `for ${days} days`
  console.log(`The files of ${tenantId} are kept ${time}.`)
}

async function removeSftpKey(tenantId: string, fingerprint: string): Promise<void> {
  await using operator = await openOperator()
  const removed = await operator.removeSftpKey(tenantId, fingerprint)
  console.log(removed ? `Removed ${fingerprint} of ${tenantId}.` : `${tenantId} has no key ${fingerprint}.`)
}

async function eraseTenant(tenantId: string, stop: AbortSignal): Promise<void> {
  await using operator = await openOperator()
  console.log(JSON.stringify(await operator.eraseTenant(tenantId, stop), null, 2))
}

/** The exit code; undefined where the command or its arguments are not understood. */
async function verifyOrCheck(
  command: string | undefined,
  args: readonly string[],
  stop: AbortSignal,
): Promise<number | undefined> {
  if (command === 'verify') return (await import('./verify-command.js')).verifyCommand(args, stop)
  if (command === 'check-source') return (await import('./check-source-command.js')).checkSourceCommand(args)
  return undefined
}

/** Nothing for a name that is no tenant's: sshd then says no more than that the login failed. */
async function printAuthorizedKeys(username: string, fingerprint: string | undefined): Promise<void> {
  await using keys = openAuthorizedKeys(loadDatabaseUrl(readEnvironment()))
  for (const line of await keys.lines(username, fingerprint)) console.log(line)
}
