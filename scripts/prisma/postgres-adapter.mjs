/**
 * Driver adapters for the wasm engine. @prisma/adapter-pg 7.10 is made for the client, not for migrations; three things
 * are corrected here:
 *  1. It doesn't know `"char"`, which catalogue tables use: such columns are read as text and reported as characters.
 *  2. Its executeScript() splits at every `;`, which breaks functions and DO blocks: scripts are sent whole.
 *  3. Its connectToShadowDb() connects to the main database: a database of its own is created and dropped.
 */
import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import pg from 'pg'

const oid = { char: 18, text: 25 }

/** @param {{url: string, shadowDatabaseUrl?: string}} datasource */
export function postgresFactory({ url, shadowDatabaseUrl }) {
  const schema = new URL(url).searchParams.get('schema') ?? undefined
  return bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => connect(url, schema),
    connectToShadowDb: () =>
      shadowDatabaseUrl ? connect(shadowDatabaseUrl, schema) : connectToNewDatabase(url, schema),
  })
}

async function connect(url, schema, afterwards = async () => {}) {
  const plain = new URL(url)
  for (const ofPrisma of ['schema', 'connection_limit']) plain.searchParams.delete(ofPrisma)
  const options = schema ? `-c search_path="${schema}"` : undefined
  const pool = new pg.Pool({ connectionString: plain.toString(), options, max: 1 })
  const adapter = withCharColumns(await new PrismaPg(pool, { schema, disposeExternalPool: true }).connect())
  const { startTransaction, dispose } = adapter
  return Object.assign(adapter, {
    startTransaction: async (isolation) => withCharColumns(await startTransaction.call(adapter, isolation)),
    executeScript: async (script) => {
      try {
        await pool.query(script)
      } catch (error) {
        adapter.onError(error)
      }
    },
    dispose: async () => {
      await dispose.call(adapter)
      await afterwards()
    },
  })
}

async function connectToNewDatabase(url, schema) {
  const name = pg.escapeIdentifier(`prisma_migrate_shadow_db_${randomUUID()}`)
  await runOnce(url, `CREATE DATABASE ${name}`)
  const shadow = new URL(url)
  shadow.pathname = `/${name.slice(1, -1)}`
  return connect(shadow.toString(), schema, () => runOnce(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
}

async function runOnce(url, statement) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function withCharColumns(queryable) {
  const { queryRaw } = queryable
  queryable.queryRaw = async (query) => {
    const chars = []
    const reading = Object.create(queryable)
    reading.performIO = async (statement) => {
      const result = await queryable.performIO(statement)
      for (const [index, field] of result.fields.entries()) {
        if (field.dataTypeID !== oid.char) continue
        chars.push(index)
        field.dataTypeID = oid.text
      }
      return result
    }
    const result = await queryRaw.call(reading, query)
    for (const index of chars) result.columnTypes[index] = ColumnTypeEnum.Character
    return result
  }
  return queryable
}

/** An adapter for comparing schema files only: it answers the one question that is asked, what Postgres this is. */
export function offlineFactory() {
  const refuse = (what) => () => Promise.reject(new Error(`There is no database here: ${what}`))
  const { Boolean, Text, Int32 } = ColumnTypeEnum
  const adapter = {
    provider: 'postgres',
    adapterName: 'offline',
    executeRaw: refuse('executeRaw'),
    executeScript: refuse('executeScript'),
    startTransaction: refuse('startTransaction'),
    dispose: async () => {},
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [Boolean, Text, Int32],
      rows: [[true, 'PostgreSQL 16.0', 160000]],
    }),
  }
  return bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: 'offline',
    connect: async () => adapter,
    connectToShadowDb: async () => adapter,
  })
}
