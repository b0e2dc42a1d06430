import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { loadCatalog } from '../../src/catalog/load.js'
import type { Environment } from '../../src/config/env.js'
import { type Entity, findEntity } from '../../src/domain/entity.js'
import type { TenantConnection } from '../stack/connection-file.js'
import type { Comparison } from './warehouse.js'

const run = promisify(execFile)
const packageFolder = join(import.meta.dirname, '..', '..', 'clients', 'python', 'src')
const { BOOL, FLOAT4, FLOAT8, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins

/** Prints the rows of a query as JSON. Integers are texts, since JavaScript would round large ones. */
const printer = `
import json, sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print(json.dumps([str(value) if isinstance(value, int) else value for value in row]))
`

/** Whether there is a Python that can run tidemark-load. */
export function canLoad(environment: Environment): Promise<boolean> {
  const script = 'import sys, paramiko; assert sys.version_info >= (3, 10)'
  return run('python3', ['-c', script], { env: environment }).then(
    () => true,
    () => false,
  )
}

export interface LoadOptions {
  /** Where the warehouse and the loader's own files go. */
  readonly folder: string
  readonly environment: Environment
  readonly sourceUrl: string
  /** Where the API publishes the public keys of signatures. */
  readonly keysUrl: string
}

/** Loads the tenant's files into SQLite with `tidemark-load`, over SFTP, and compares each row with the source. */
export async function compareLoaded(
  { tenantId, sftp }: TenantConnection,
  names: readonly string[],
  { folder, environment, sourceUrl, keysUrl }: LoadOptions,
): Promise<Comparison[]> {
  if (!sftp) throw new Error('The demo needs the embedded SFTP server. Leave SFTP_HOST unset.')
  const warehouse = join(folder, 'loaded.sqlite')
  await rm(warehouse, { force: true })
  const keys = join(folder, 'public-keys.json')
  await writeFile(keys, await (await fetch(keysUrl)).text())
  const from = ['--from', `sftp://${sftp.username}@${sftp.host}:${sftp.port}/`, '--host-key', sftp.hostKeyFingerprint]
  const to = ['--to', `sqlite:${warehouse}`, '--deletes', 'mark', '--work', join(folder, 'loader'), '--quiet']
  const signed = ['--keys', keys, '--require-signature']
  const env = { ...environment, PYTHONPATH: packageFolder, TIDEMARK_SFTP_PASSWORD: sftp.password }
  await run('python3', ['-m', 'tidemark_load', ...from, ...to, ...signed], { env })
  const catalog = await loadCatalog(undefined)
  const source = new pg.Client({ connectionString: sourceUrl })
  await source.connect()
  try {
    await source.query(`SET TimeZone = 'UTC'; SET DateStyle = 'ISO'`)
    const comparisons: Comparison[] = []
    for (const name of names) {
      const entity = findEntity(catalog, name)
      if (!entity) throw new Error(`${name} is not in the catalog`)
      const loaded = await loadedRows(warehouse, entity, environment)
      comparisons.push(compareRows(name, loaded, await sourceRows(source, tenantId, entity)))
    }
    return comparisons
  } finally {
    await source.end()
  }
}

function compareRows(entity: string, loaded: readonly string[], source: readonly string[]): Comparison {
  const [inLoaded, inSource] = [new Set(loaded), new Set(source)]
  return {
    entity,
    rows: loaded.length,
    onlyInSource: source.filter((row) => !inLoaded.has(row)).length,
    onlyDelivered: loaded.filter((row) => !inSource.has(row)).length,
    miscounted: Math.abs(loaded.length - source.length),
  }
}

const columnsOf = ({ columns }: Entity): string => columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')

async function loadedRows(warehouse: string, entity: Entity, environment: Environment): Promise<string[]> {
  const query = `SELECT ${columnsOf(entity)} FROM ${pg.escapeIdentifier(entity.name)}`
  const options = { env: environment, maxBuffer: 1024 * 1024 * 1024 }
  const { stdout } = await run('python3', ['-c', printer, warehouse, query], options)
  const lines = stdout.split('\n').filter((line) => line !== '')
  const rows = lines.map((line) => JSON.parse(line) as (string | number | null)[])
  return rows.map((row) => JSON.stringify(row.map((value) => (value === null ? null : String(value)))))
}

async function sourceRows(client: pg.Client, tenantId: string, entity: Entity): Promise<string[]> {
  const { schema, name } = entity.table
  const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`
  const found = await client.query<(string | null)[]>({
    text: `SELECT ${columnsOf(entity)} FROM ${table} WHERE ${pg.escapeIdentifier(entity.tenantColumn)} = $1`,
    values: [tenantId],
    rowMode: 'array',
    types: { getTypeParser: () => (value: string) => value },
  })
  const types = found.fields.map(({ dataTypeID }) => dataTypeID)
  return found.rows.map((row) => JSON.stringify(row.map((value, index) => inSqlite(value, types[index]))))
}

/** A value of the source as text in the form that it has in SQLite. */
function inSqlite(value: string | null, type: number | undefined): string | null {
  if (value === null) return null
  if (type === BOOL) return value === 't' ? '1' : '0'
  if (type === FLOAT4 || type === FLOAT8) return String(Number(value))
  if (type === TIMESTAMP) return value.replace(' ', 'T')
  return type === TIMESTAMPTZ ? value.replace(' ', 'T').replace(/\+00$/, 'Z') : value
}
