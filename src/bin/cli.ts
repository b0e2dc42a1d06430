import { type Command, InvalidArgumentError } from 'commander'
import type { Admin } from '../compose/admin.js'
import { readEnvironment } from '../config/env.js'
import { isConfirmed, withYes } from './confirm.js'
import { main } from './main.js'
import { commandLine, runCommandLine } from './program.js'
import type { VerifyOptions } from './verify-command.js'

interface Confirmable {
  readonly yes?: true
}

// Each command loads only the modules that it needs, because sshd waits for `authorized-keys` at every login.
await main((stop) => runCommandLine(operatorCommands(stop)))

function operatorCommands(stop: AbortSignal): Command {
  const commands = commandLine('tidemark', "An operator's commands. They read the service's environment.")
  commands
    .command('migrate')
    .description("bring Tidemark's tables to the current version (needs DATABASE_OWNER_URL)")
    .action(migrate)
  withYes(commands.command('remove-registration'))
    .description("remove a tenant's registration and schedule; files and records stay")
    .argument('<tenant>', 'the tenant id')
    .action(async (tenant: string, { yes }: Confirmable, command: Command) => {
      const what = `This removes the registration and the schedule of ${tenant}`
      if (await isConfirmed({ what, word: tenant, ...(yes && { yes }) }, command, stop))
        await removeRegistration(tenant)
    })
  withYes(commands.command('retention'))
    .description("set how long a tenant's files are kept; older files are removed the next night")
    .argument('<tenant>', 'the tenant id')
    .argument('<days>', '1 to 99999 days; 0 keeps them indefinitely; `default` is EXPORT_RETENTION_DAYS', retentionDays)
    .action(async (tenant: string, days: number | null, { yes }: Confirmable, command: Command) => {
      const what = `The files of ${tenant} that are older than ${days ?? 'the default number of'} days are removed the next night`
      const isSure = days === 0 || (await isConfirmed({ what, word: tenant, ...(yes && { yes }) }, command, stop))
      if (isSure) await setRetention(tenant, days)
    })
  withYes(commands.command('remove-sftp-key'))
    .description("remove one of a tenant's SFTP keys")
    .argument('<tenant>', 'the tenant id')
    .argument('<fingerprint>', "the key's fingerprint: SHA256:…")
    .action(async (tenant: string, fingerprint: string, { yes }: Confirmable, command: Command) => {
      const what = `This removes the SFTP key ${fingerprint} of ${tenant}`
      if (await isConfirmed({ what, word: tenant, ...(yes && { yes }) }, command, stop)) {
        await removeSftpKey(tenant, fingerprint)
      }
    })
  withYes(commands.command('erase-tenant'))
    .description(
      "remove a tenant's files, registration, schedule and keys, and print a receipt; the ledger and the audit log stay",
    )
    .argument('<tenant>', 'the tenant id')
    .action(async (tenant: string, { yes }: Confirmable, command: Command) => {
      const what = `This removes all files, the registration, the schedule and the SFTP keys of ${tenant} permanently`
      if (await isConfirmed({ what, word: tenant, ...(yes && { yes }) }, command, stop)) await eraseTenant(tenant, stop)
    })
  commands
    .command('authorized-keys')
    .description('print the SSH keys that an account may log in with; for the AuthorizedKeysCommand of sshd')
    .argument('<account>', 'the account that logs in')
    .argument('[fingerprint]', 'only this key: SHA256:…')
    .action(printAuthorizedKeys)
  commands
    .command('verify')
    .description('compare delivered files with the ledger, their manifests and the source')
    .option('--all', 'the files of all tenants and days')
    .option('--tenant <id>', 'only the files of this tenant')
    .option('--day <YYYY-MM-DD>', 'only the files of this day', dayFrom)
    .option('--no-source', 'do not read the source')
    .addHelpText('after', '\nExit codes: 0 no difference, 1 a difference, 2 something could not be checked.')
    .action(async (options: VerifyOptions & { all?: true }, command: Command) => {
      if (!options.all && !options.tenant && !options.day) {
        command.error('error: no files are selected. Add --all, --tenant or --day.')
      }
      const { verifyCommand } = await import('./verify-command.js')
      process.exitCode = await verifyCommand(options, stop)
    })
  commands
    .command('check-source')
    .description('check the source for hidden rows, lost changes and slow reads')
    .argument('[entity...]', 'display or internal names; all entities by default')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExit codes: 0 no refusal, 1 a refusal, 2 the source could not be reached.')
    .action(async (names: readonly string[], { json = false }: { json?: boolean }, command: Command) => {
      const { checkSourceCommand } = await import('./check-source-command.js')
      process.exitCode = await checkSourceCommand({ names, json }, (message) => command.error(`error: ${message}`))
    })
  return commands
}

function retentionDays(text: string): number | null {
  if (text === 'default') return null
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a number from 0 to 99999, or `default`.')
}

function dayFrom(text: string): Date {
  const day = new Date(`${text}T00:00:00Z`)
  if (!Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text) return day
  throw new InvalidArgumentError(`${text} is not a day: give it as YYYY-MM-DD.`)
}

async function migrate(): Promise<void> {
  const { loadMigrationConfig } = await import('../config/migration-config.js')
  const { ownerUrl, serviceUrl, serviceLogin } = loadMigrationConfig(readEnvironment())
  const { migrateDatabase } = await import('../compose/migration.js')
  const { applied, loginMade } = await migrateDatabase(ownerUrl, serviceUrl)
  if (loginMade) console.log(`Made the login ${serviceLogin}.`)
  console.log(applied.length === 0 ? 'The tables are up to date.' : `Applied: ${applied.join(', ')}`)
}

async function openAdmin(): Promise<Admin> {
  const { loadConfig } = await import('../config/config.js')
  const { composeAdmin } = await import('../compose/admin.js')
  return composeAdmin(loadConfig(readEnvironment()))
}

async function removeRegistration(tenantId: string): Promise<void> {
  await using admin = await openAdmin()
  const removed = await admin.removeRegistration(tenantId)
  console.log(removed ? `Removed the registration of ${tenantId}.` : `${tenantId} has no registration.`)
}

async function setRetention(tenantId: string, days: number | null): Promise<void> {
  await using admin = await openAdmin()
  await admin.setRetention(tenantId, days)
  const time =
    days === null ? 'for the time of EXPORT_RETENTION_DAYS' : days === 0 ? 'indefinitely' : `for ${days} days`
  console.log(`The files of ${tenantId} are kept ${time}.`)
}

async function removeSftpKey(tenantId: string, fingerprint: string): Promise<void> {
  await using admin = await openAdmin()
  const removed = await admin.removeSftpKey(tenantId, fingerprint)
  console.log(removed ? `Removed ${fingerprint} of ${tenantId}.` : `${tenantId} has no key ${fingerprint}.`)
}

async function eraseTenant(tenantId: string, stop: AbortSignal): Promise<void> {
  await using admin = await openAdmin()
  console.log(JSON.stringify(await admin.eraseTenant(tenantId, stop), null, 2))
}

/** Prints nothing if the name is not a tenant's, so that sshd reports only that the login failed. */
async function printAuthorizedKeys(username: string, fingerprint: string | undefined): Promise<void> {
  const { loadDatabaseUrl } = await import('../config/database-url.js')
  const { openAuthorizedKeys } = await import('../compose/authorized-keys.js')
  await using keys = openAuthorizedKeys(loadDatabaseUrl(readEnvironment()))
  for (const line of await keys.lines(username, fingerprint)) console.log(line)
}
