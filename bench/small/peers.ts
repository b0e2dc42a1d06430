import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { sourceTable } from '../../dev/sample-data/sql.js'
import type { BenchOptions } from '../section.js'
import { run } from '../run.js'
import { installDlt } from '../wire/dlt.js'
import { filesOf, type Scripted, scriptEach, timed } from './floor.js'
import { rowsPerFile, type SmallPlace } from './place.js'

/** What people use today for many small tables: the script one after the other and eight at a time, and dlt where there is Python. */
export async function measurePeers(
  place: SmallPlace,
  tables: number,
  { progress }: Pick<BenchOptions, 'progress'>,
): Promise<Scripted[]> {
  const files = filesOf(await place.tenants('peers', Math.ceil(tables / 26), 1)).slice(0, tables)
  progress(`A script for ${tables} tables, eight at a time`)
  const eight = await scriptEach(place, files, 8)
  progress(`A script for ${tables} tables, one after the other`)
  const one = await scriptEach(place, files, 1)
  const python = await installDlt(progress)
  if (python === undefined) return [one, eight]
  progress(`dlt for ${tables} tables`)
  await makeTables(place.servers.ownerUrl, tables)
  return [one, eight, await withDlt(place, python)]
}

const schema = 'peers'

/** dlt copies tables, not tenants. So each of its tables has the rows of one tenant. */
async function makeTables(ownerUrl: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(`CREATE SCHEMA ${schema}`)
    for (let n = 0; n < count; n++) {
      await client.query(
        `CREATE TABLE ${schema}.table_${n} AS SELECT * FROM ${sourceTable('user')} WHERE tenant_code = 'peers-0' LIMIT ${rowsPerFile}`,
      )
    }
  } finally {
    await client.end()
  }
}

/** By its own clock, which leaves out what starting Python takes. Its CPU time has that. */
async function withDlt(place: SmallPlace, python: string): Promise<Scripted> {
  const work = await mkdtemp(join(tmpdir(), 'tidemark-dlt-'))
  const { host, port, username, privateKeyFile, rootFolder } = place.sftp
  const sftp = { host, port, username, privateKeyFile, root: rootFolder }
  const job = JSON.stringify({ sourceUrl: place.servers.ownerUrl, schema, sftp })
  let output = ''
  const measured = await timed(place, 'dlt', 0, async () => {
    output = await run(python, [join(import.meta.dirname, 'with_dlt.py'), job, work])
  })
  await rm(work, { recursive: true, force: true })
  const { files, seconds } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as { files: number; seconds: number }
  return { ...measured, files, seconds }
}
