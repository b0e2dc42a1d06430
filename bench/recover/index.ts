import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { findDumpTools } from '../../test/support/postgres/dump-tools.js'
import type { BenchOptions, Section } from '../section.js'
import { midnight, newName, openPlace, type Place } from '../tenants/place.js'
import { startRun } from '../tenants/runs.js'
import { copyTenant } from './copies.js'

const days = 30

/** How long a dump of Tidemark's database and its restore take, which decides when the first files come after a disaster. */
export async function benchRecover({ full, tenants = full ? 1000 : 100, progress }: BenchOptions): Promise<Section> {
  const tools = await findDumpTools('the benchmark of backups')
  if (!tools) throw new Error('pg_dump and pg_restore of the version of the embedded Postgres are needed')
  await using place = await openPlace(progress)
  const maintenanceUrl = urlOf(place.ownerUrl, 'postgres')
  await fillLedger(place, tenants, progress)
  const file = join(place.folder, 'tidemark.dump')
  const size = await ask<{ deliveries: number; bytes: number }>(
    place.ownerUrl,
    `SELECT (SELECT count(*) FROM tidemark.delivery)::int AS deliveries, pg_database_size(current_database())::float8 AS bytes`,
  )
  progress('pg_dump')
  const dump = await seconds(() => tools.dump(place.ownerUrl, file))
  progress('a copy of the database')
  const copy = await seconds(() =>
    ask(maintenanceUrl, 'CREATE DATABASE copy_of_tidemark TEMPLATE tidemark STRATEGY file_copy'),
  )
  progress('pg_restore')
  const restore = await seconds(() => tools.restore(maintenanceUrl, file))
  const dumped = (await stat(file)).size
  const row = (what: string, time: number) => [what, time.toFixed(1), Math.round(size.deliveries / time).toString()]
  return {
    title: 'Backup and restore',
    about:
      `The ledger of ${tenants} tenants with 26 entities and ${days} days: ${size.deliveries.toLocaleString('en')} files, ` +
      `${megabytes(size.bytes)} MB in Postgres, ${megabytes(dumped)} MB in the dump. One tenant is exported for real, and its rows are copied for ` +
      'the others. The commands are those of [Back up and recover](../../docs/how-to/recover.md). A copy of the files of the ' +
      'database by Postgres is the floor. After a restore, each tenant needs one run.',
    tables: [
      {
        head: ['what', 'seconds', 'files/s'],
        rows: [row('pg_dump', dump), row('pg_restore', restore), row('a copy of the database', copy)],
      },
    ],
    targets: [
      { name: 'pg_dump against a copy of the database', ratio: dump / copy },
      { name: 'pg_restore against a copy of the database', ratio: restore / copy },
    ],
  }
}

async function fillLedger(place: Place, tenants: number, progress: BenchOptions['progress']): Promise<void> {
  const [tenantId = ''] = await place.tenants('recover', [2000])
  const queue = newName()
  const worker = await place.worker(queue)
  for (let day = days - 1; day >= 0; day--) {
    progress(`a run of ${day} days ago`)
    const to = new Date(midnight().getTime() - day * 86_400_000)
    await (await startRun(place.temporal, queue, tenantId, { to })).ended()
  }
  await worker.stop()
  progress(`${tenants} copies of the tenant`)
  await copyTenant(place.ownerUrl, tenantId, tenants - 1)
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

async function ask<Row>(url: string, text: string, values: unknown[] = []): Promise<Row> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values)).rows[0] as Row
  } finally {
    await client.end()
  }
}

function urlOf(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0)
}
