import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { composeOperator } from '../compose.js'
import { loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { databaseSchema } from '../database/client.js'
import { applyMigrations } from '../database/migrate.js'
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
  if (!url) throw new Error('DATABASE_URL is required')
  const folder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
  const applied = await applyMigrations({ url, schema: databaseSchema, folder })
  console.log(applied.length === 0 ? 'The tables are up to date.' : `Applied: ${applied.join(', ')}`)
}

async function removeRegistration(tenantId: string): Promise<void> {
  await using operator = await composeOperator(loadConfig(readEnvironment()))
  const removed = await operator.removeRegistration(tenantId)
  console.log(removed ? `Removed the registration of ${tenantId}.` : `${tenantId} has no registration.`)
}
