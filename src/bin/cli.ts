import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { openAuthorizedKeys } from '../authorized-keys.js'
import type { Operator } from '../compose.js'
import { loadConfig } from '../config/config.js'
import { loadDatabaseUrl } from '../config/database-url.js'
import { readEnvironment } from '../config/env.js'
import { loadMigrationConfig } from '../config/migration-config.js'
import { confirmed } from './confirm.js'
import { main } from './main.js'
import { parseStrictly } from './parse-strictly.js'

// Each command loads what it needs by itself: sshd waits for `authorized-keys` at every login.
await main((stop) => parseStrictly(commands(stop), process.argv.slice(2)))

function destroys(): Option {
  return new Option('--yes', 'do it without asking; needed where nobody can be asked')
}

function commands(stop: AbortSignal): Command {
  const program = new Command('cli.js').description(
    'Commands for the operator of Tidemark, by its environment variables.',
  )
  program
    .command('migrate')
    .description("Bring Tidemark's tables to the current version, and make the login of DATABASE_URL.")
    .action(migrate)
  program
    .command('check-source')
    .description(
      'Look for what hides rows of the source, loses changes or slows reads down. Exit code 1: something refuses.',
    )
    .argument('[entity...]', 'display or internal names; all without one')
    .option('--json', 'print the report as JSON')
    .action(async (entities: string[], { json = false }: { json?: boolean }) => {
      const { checkSourceCommand } = await import('./check-source-command.js')
      process.exitCode = await checkSourceCommand(entities, { json })
    })
  program
    .command('verify')
    .description(
      'Compare delivered files with the ledger, their manifests and the source. Exit code 1: something differs.',
    )
    .addOption(new Option('--all', 'all tenants').conflicts('tenant'))
    .option('--tenant <tenant>', 'one tenant')
    .addOption(new Option('--day <YYYY-MM-DD>', 'one day, by the date in the path').argParser(dayFrom))
    .option('--no-source', 'leave out the comparison with the source')
    .action(async (asked: { all?: boolean; tenant?: string; day?: Date; source: boolean }, command: Command) => {
      if (!asked.all && asked.tenant === undefined && !asked.day) command.error('error: give --all, --tenant or --day')
      const { verifyCommand } = await import('./verify-command.js')
      process.exitCode = await verifyCommand(asked, stop)
    })
  program
    .command('retention')
    .description("Set for how many days a tenant's files are kept.")
    .argument('<tenant>')
    .addArgument(
      new Argument('<days>', '0 to 99999, 0 for an unlimited time; default: as for every tenant').argParser(daysFrom),
    )
    .action(setRetention)
  program
    .command('remove-registration')
    .description("Remove a tenant's registration and schedule. Files and records stay.")
    .argument('<tenant>')
    .addOption(destroys())
    .action(removeRegistration)
  program
    .command('remove-sftp-key')
    .description("Shut out one of a tenant's SFTP keys.")
    .argument('<tenant>')
    .argument('<fingerprint>', 'SHA256:…')
    .action(removeSftpKey)
  program
    .command('erase-tenant')
    .description(
      "Remove a tenant's files, registration, schedule and keys for good, and print a receipt. The ledger and the audit log stay.",
    )
    .argument('<tenant>')
    .addOption(destroys())
    .action((tenantId: string, asked: { yes?: boolean }) => eraseTenant(tenantId, asked, stop))
  program
    .command('authorized-keys')
    .description("Print the lines with which an account may log in over SFTP: sshd's AuthorizedKeysCommand.")
    .argument('<account>')
    .argument('[fingerprint]', 'SHA256:…')
    .action(printAuthorizedKeys)
  return program
}

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

async function removeRegistration(tenantId: string, asked: { yes?: boolean }): Promise<void> {
  if (!(await confirmed(`This removes the registration and the schedule of ${tenantId}.`, tenantId, asked))) return
  await using operator = await openOperator()
  const removed = await operator.removeRegistration(tenantId)
  console.log(removed ? `Removed the registration of ${tenantId}.` : `${tenantId} has no registration.`)
}

/** Null: as for every tenant. */
type Days = number | null

function daysFrom(text: string): Days {
  if (text === 'default') return null
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('Give 0 to 99999, or default.')
  return Number(text)
}

function dayFrom(text: string): Date {
  const day = new Date(`${text}T00:00:00Z`)
  if (!Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text) return day
  throw new InvalidArgumentError('It is not a day: give it as YYYY-MM-DD.')
}

async function setRetention(tenantId: string, days: Days): Promise<void> {
  await using operator = await openOperator()
  await operator.setRetention(tenantId, days)
  const time =
    days === null ? 'as long as those of every tenant' : days === 0 ? 'for an unlimited time' : `for ${days} days`
  console.log(`The files of ${tenantId} are kept ${time}.`)
}

async function removeSftpKey(tenantId: string, fingerprint: string): Promise<void> {
  await using operator = await openOperator()
  const removed = await operator.removeSftpKey(tenantId, fingerprint)
  console.log(removed ? `Removed ${fingerprint} of ${tenantId}.` : `${tenantId} has no key ${fingerprint}.`)
}

async function eraseTenant(tenantId: string, asked: { yes?: boolean }, stop: AbortSignal): Promise<void> {
  const what = `This removes every file of ${tenantId}, its registration, its schedule and its keys. It can't be undone.`
  if (!(await confirmed(what, tenantId, asked))) return
  await using operator = await openOperator()
  console.log(JSON.stringify(await operator.eraseTenant(tenantId, stop), null, 2))
}

/** Nothing for a name that is no tenant's: sshd then says no more than that the login failed. */
async function printAuthorizedKeys(username: string, fingerprint: string | undefined): Promise<void> {
  await using keys = openAuthorizedKeys(loadDatabaseUrl(readEnvironment()))
  for (const line of await keys.lines(username, fingerprint)) console.log(line)
}
