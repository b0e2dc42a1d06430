/** The engine's one-shot commands: `cli can-connect-to-database` and `cli create-database`. */
import pg from 'pg'
import { log } from './engine-log.mjs'

/** @returns {Promise<number>} the exit code */
export async function runConnectionCommand(command, databaseUrl) {
  log('INFO', { message: 'Starting schema engine CLI (wasm)' }) // the Prisma CLI skips the first line
  const url = new URL(databaseUrl)
  try {
    if (command === 'can-connect-to-database') await withClient(url, async () => {})
    else if (command === 'create-database') await createDatabase(url)
    else throw new Error(`The stand-in does not know the command cli ${command}`)
    log('INFO', { message: 'Done' })
    return 0
  } catch (error) {
    log('ERROR', { is_panic: false, meta: null, ...describe(error, url) })
    return 1
  }
}

async function createDatabase(url) {
  const server = new URL(url)
  server.pathname = '/postgres'
  await withClient(server, (client) => client.query(`CREATE DATABASE ${pg.escapeIdentifier(databaseOf(url))}`))
  const schema = url.searchParams.get('schema')
  if (!schema || schema === 'public') return
  await withClient(url, (client) => client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`))
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url.toString() })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const databaseOf = (url) => decodeURIComponent(url.pathname.slice(1)) || 'postgres'

/** Prisma's code and words for what Postgres or the network said. */
function describe(error, url) {
  switch (error.code) {
    case '3D000':
      return { error_code: 'P1003', message: `Database \`${databaseOf(url)}\` does not exist` }
    case '28P01':
    case '28000':
      return { error_code: 'P1000', message: `Authentication failed for \`${url.username}\`: ${error.message}` }
    default:
      return {
        error_code: 'P1001',
        message: `Can't reach database server at \`${url.hostname}:${url.port || 5432}\`: ${error.message}`,
      }
  }
}
