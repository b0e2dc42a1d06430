import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { SmallPlace } from '../small/place.js'

/** What a crowd of runs takes: each is a sum over all of them. */
export interface Taken {
  readonly seconds: number
  readonly workerCpu: number
  readonly postgresCpu: number
  readonly temporalCpu: number
  readonly sshdCpu: number
  /** Transactions of Tidemark's database and of the source. */
  readonly transactions: number
  /** Of the write-ahead log of Postgres. */
  readonly walBytes: number
  /** Of Tidemark's tables with their indexes. */
  readonly ledgerBytes: number
  readonly ledgerRows: number
  readonly historyEvents: number
  readonly historyBytes: number
  /** Of the database of Temporal, which keeps the histories. */
  readonly temporalBytes: number
}

/** What the servers hold at one time. */
export interface Held {
  readonly transactions: number
  readonly walBytes: number
  readonly temporalBytes: number
  readonly tables: ReadonlyMap<string, { readonly rows: number; readonly bytes: number }>
}

export async function readHeld({ servers }: Pick<SmallPlace, 'servers'>): Promise<Held> {
  const client = new pg.Client({ connectionString: servers.ownerUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string; rows: string; bytes: string }>(tablesQuery)
    const { rows: counters } = await client.query<{ transactions: string; wal: string }>(
      `SELECT pg_stat_get_db_xact_commit(oid)::text AS transactions,
         pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text AS wal
       FROM pg_database WHERE datname = current_database()`,
    )
    return {
      transactions: Number(counters[0]?.transactions),
      walBytes: Number(counters[0]?.wal),
      temporalBytes: await sizeOf(join(servers.folder, 'temporal')),
      tables: new Map(tables.map(({ name, rows, bytes }) => [name, { rows: Number(rows), bytes: Number(bytes) }])),
    }
  } finally {
    await client.end()
  }
}

/** The exact count: statistics come late. */
const tablesQuery = `
  SELECT relname AS name, pg_total_relation_size(c.oid)::text AS bytes,
    (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I.%I', nspname, relname), false, true, '')))[1]::text AS rows
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
  WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema', 'analytics') AND relname <> '_prisma_migrations'`

async function sizeOf(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('temporal.db'))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

export function between(before: Held, after: Held): Held {
  return {
    transactions: after.transactions - before.transactions,
    walBytes: after.walBytes - before.walBytes,
    temporalBytes: after.temporalBytes - before.temporalBytes,
    tables: new Map(
      [...after.tables].map(([name, { rows, bytes }]) => {
        const was = before.tables.get(name)
        return [name, { rows: rows - (was?.rows ?? 0), bytes: bytes - (was?.bytes ?? 0) }]
      }),
    ),
  }
}

export function ledger({ tables }: Held): Pick<Taken, 'ledgerRows' | 'ledgerBytes'> {
  const all = [...tables.values()]
  return {
    ledgerRows: all.reduce((sum, { rows }) => sum + rows, 0),
    ledgerBytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
