import { parseArgs } from 'node:util'
import { composeOperator, migrateDatabase } from '../compose.js'
import { ConfigError, loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { main } from './main.js'

const usage = `Usage:
  cli.js migrate                        bring Tidemark's tables to the current version
  cli.js remove-registration <tenant>   remove a tenant's registration and schedule; files and records stay`

await main(async () => {
  const { positionals } = parseArgs({ allowPositionals: true })
  const [command, argument] = positionals
  if (command === 'migrate' && argument === undefined) return migrate()
  if (command === 'remove-registration' && argument !== undefined) return removeRegistration(argument)
  console.error(usage)
  process.exitCode = 2
})

async function migrate(): Promise<void> {
  const url = readEnvironment()['DATABASE_URL']
  if (!url) throw new ConfigError(['DATABASE_URL is required'])
  const applied = await migrateDatabase(url)
  console.log(applied.length === 0 ? 'The tables are up to date.' : `Applied: ${applied.join(', ')}`)
}

async function removeRegistration(tenantId: string): Promise<void> {
  await using operator = await composeOperator(loadConfig(readEnvironment()))
  const removed = await operator.removeRegistration(tenantId)
  console.log(removed ? `Removed the registration of ${tenantId}.` : `${tenantId} has no registration.`)
}
