import { composeOperator, migrateDatabase } from '../compose.js'
import { ConfigError, loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { main } from './main.js'
import { verifyCommand } from './verify-command.js'

const usage = `Usage:
  cli.js migrate                        bring Tidemark's tables to the current version
  cli.js remove-registration <tenant>   remove a tenant's registration and schedule; files and records stay
  cli.js verify --all | --tenant T | --day YYYY-MM-DD [--no-source]
                                        hold delivered files to the ledger, their manifests and the source`

await main(async (stop) => {
  const [command, ...args] = process.argv.slice(2)
  const [argument] = args
  if (command === 'migrate' && argument === undefined) return migrate()
  if (command === 'remove-registration' && argument !== undefined) return removeRegistration(argument)
  const code = command === 'verify' ? await verifyCommand(args, stop) : undefined
  if (code === undefined) console.error(usage)
  process.exitCode = code ?? 2
})

async function migrate(): Promise<void> {
  const environment = readEnvironment()
  const { DATABASE_OWNER_URL: ownerUrl, DATABASE_URL: serviceUrl } = environment
  const problems = [
    ...(ownerUrl ? [] : ["DATABASE_OWNER_URL is required: the URL for the login that owns Tidemark's tables"]),
    ...(serviceUrl ? [] : ["DATABASE_URL is required: the URL for the service's own login, which is made if need be"]),
  ]
  if (!ownerUrl || !serviceUrl) throw new ConfigError(problems)
  const { applied, loginMade } = await migrateDatabase(ownerUrl, serviceUrl)
  if (loginMade) console.log(`Made the login ${new URL(serviceUrl).username}.`)
  console.log(applied.length === 0 ? 'The tables are up to date.' : `Applied: ${applied.join(', ')}`)
}

async function removeRegistration(tenantId: string): Promise<void> {
  await using operator = await composeOperator(loadConfig(readEnvironment()))
  const removed = await operator.removeRegistration(tenantId)
  console.log(removed ? `Removed the registration of ${tenantId}.` : `${tenantId} has no registration.`)
}
