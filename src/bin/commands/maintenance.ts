import { type Command, InvalidArgumentError } from 'commander'
import type { Admin } from '../../compose/admin.js'
import { readEnvironment } from '../../config/env.js'
import { isConfirmed, withYes } from '../confirm.js'
import { type JsonOption, notFound, printJson, show, withJson } from '../output.js'
import { openAdmin } from './open-admin.js'

type Options = JsonOption & { readonly yes?: true }

/** Adds the commands that set Tidemark up, and that remove what it keeps. */
export function addMaintenance(commands: Command, stop: AbortSignal): void {
  withJson(commands.command('migrate'))
    .description("bring Tidemark's tables to the current version (needs DATABASE_OWNER_URL)")
    .option('--back-to <release>', 'instead, let the programs of this earlier release use the tables')
    .action(migrate)
  withJson(withYes(commands.command('remove-registration')))
    .description("remove a tenant's registration and schedule; files and records stay")
    .argument('<tenant>', 'the tenant id')
    .action(async (tenant: string, options: Options, command: Command) => {
      const what = `This removes the registration and the schedule of ${tenant}`
      if (await isConfirmed({ what, word: tenant, ...options }, command, stop))
        await removeRegistration(tenant, options)
    })
  withJson(withYes(commands.command('retention')))
    .description("set how long a tenant's files are kept; older files are removed the next night")
    .argument('<tenant>', 'the tenant id')
    .argument('<days>', '1 to 99999 days; 0 keeps them indefinitely; `default` is EXPORT_RETENTION_DAYS', retentionDays)
    .action(async (tenant: string, days: number | null, options: Options, command: Command) => {
      const what = `The files of ${tenant} that are older than ${days ?? 'the default number of'} days are removed the next night`
      const isSure = days === 0 || (await isConfirmed({ what, word: tenant, ...options }, command, stop))
      if (isSure) await setRetention(tenant, days, options)
    })
  withJson(commands.command('grace'))
    .description("set how long a tenant's files may take after their boundary before they are overdue")
    .argument('<tenant>', 'the tenant id')
    .argument('<minutes>', '1 to 43200 minutes; `default` is LATE_AFTER_MINUTES', graceMinutes)
    .action(setGrace)
  withJson(withYes(commands.command('remove-sftp-key')))
    .description("remove one of a tenant's SFTP keys")
    .argument('<tenant>', 'the tenant id')
    .argument('<fingerprint>', "the key's fingerprint: SHA256:…")
    .action(async (tenant: string, fingerprint: string, options: Options, command: Command) => {
      const what = `This removes the SFTP key ${fingerprint} of ${tenant}`
      if (await isConfirmed({ what, word: tenant, ...options }, command, stop)) {
        await removeSftpKey(tenant, fingerprint, options)
      }
    })
  withYes(commands.command('erase-tenant'))
    .description(
      "remove a tenant's files, registration, schedule and keys, and print a receipt as JSON; the ledger and the audit log stay",
    )
    .argument('<tenant>', 'the tenant id')
    .action(async (tenant: string, options: Options, command: Command) => {
      const what = `This removes all files, the registration, the schedule and the SFTP keys of ${tenant} permanently`
      if (await isConfirmed({ what, word: tenant, ...options }, command, stop)) await eraseTenant(tenant, stop)
    })
  commands
    .command('authorized-keys')
    .description('print the SSH keys that an account may log in with; for the AuthorizedKeysCommand of sshd')
    .argument('<account>', 'the account that logs in')
    .argument('[fingerprint]', 'only this key: SHA256:…')
    .action(printAuthorizedKeys)
}

function retentionDays(text: string): number | null {
  if (text === 'default') return null
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a number from 0 to 99999, or `default`.')
}

function graceMinutes(text: string): number | null {
  if (text === 'default') return null
  const minutes = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (minutes >= 1 && minutes <= 43_200) return minutes
  throw new InvalidArgumentError('Give a number from 1 to 43200, or `default`.')
}

async function migrate({ backTo, ...options }: JsonOption & { readonly backTo?: string }): Promise<void> {
  const { loadMigrationConfig } = await import('../../config/migration-config.js')
  const { ownerUrl, serviceUrl, serviceLogin } = loadMigrationConfig(readEnvironment())
  const { migrateBack, migrateDatabase } = await import('../../compose/migration.js')
  if (backTo !== undefined) {
    await migrateBack(ownerUrl, backTo)
    return show(options, { backTo }, () => console.log(`Release ${backTo} can use the tables.`))
  }
  show(options, await migrateDatabase(ownerUrl, serviceUrl), ({ applied, loginMade }) => {
    if (loginMade) console.log(`Made the login ${serviceLogin}.`)
    console.log(applied.length === 0 ? 'The tables are up to date.' : `Applied: ${applied.join(', ')}`)
  })
}

async function removeRegistration(tenantId: string, options: JsonOption): Promise<void> {
  await using admin: Admin = await openAdmin()
  const removed = await admin.removeRegistration(tenantId)
  if (!removed) return notFound(`${tenantId} has no registration.`)
  show(options, { tenantId, removed }, () => console.log(`Removed the registration of ${tenantId}.`))
}

async function setRetention(tenantId: string, days: number | null, options: JsonOption): Promise<void> {
  await using admin: Admin = await openAdmin()
  await admin.setRetention(tenantId, days)
  const kept =
    days === null ? 'for the time of EXPORT_RETENTION_DAYS' : days === 0 ? 'indefinitely' : `for ${days} days`
  show(options, { tenantId, days }, () => console.log(`The files of ${tenantId} are kept ${kept}.`))
}

async function setGrace(tenantId: string, minutes: number | null, options: JsonOption): Promise<void> {
  await using admin: Admin = await openAdmin()
  await admin.setGrace(tenantId, minutes)
  const grace = minutes === null ? 'the time of LATE_AFTER_MINUTES' : `${minutes} minutes`
  show(options, { tenantId, minutes }, () => console.log(`The files of ${tenantId} are overdue after ${grace}.`))
}

async function removeSftpKey(tenantId: string, fingerprint: string, options: JsonOption): Promise<void> {
  await using admin: Admin = await openAdmin()
  const removed = await admin.removeSftpKey(tenantId, fingerprint)
  if (!removed) return notFound(`${tenantId} has no key ${fingerprint}.`)
  show(options, { tenantId, fingerprint, removed }, () => console.log(`Removed ${fingerprint} of ${tenantId}.`))
}

async function eraseTenant(tenantId: string, stop: AbortSignal): Promise<void> {
  await using admin: Admin = await openAdmin()
  printJson(await admin.eraseTenant(tenantId, stop))
}

/** Prints nothing if the name is not a tenant's, so that sshd reports only that the login failed. */
async function printAuthorizedKeys(username: string, fingerprint: string | undefined): Promise<void> {
  const { loadDatabaseUrl } = await import('../../config/database-url.js')
  const { openAuthorizedKeys } = await import('../../compose/authorized-keys.js')
  await using keys = openAuthorizedKeys(loadDatabaseUrl(readEnvironment()))
  for (const line of await keys.lines(username, fingerprint)) console.log(line)
}
