import pg from 'pg'
import { makeOwnTables, ownCatalog, ownEntity } from '../../support/postgres/own-source.js'
import type { World } from '../../support/world/world.js'
import type { Row } from './loader.js'

/** A source with a value of every kind that is easily lost: `s.thing`, with a key of one column, and `s.pair`, of two. */

/** Name, type of the catalog, type of Postgres. */
const columns = [
  ['amount', 'number', 'numeric(12,2)'],
  ['exact', 'number', 'numeric'],
  ['large', 'integer', 'bigint'],
  ['ratio', 'number', 'double precision'],
  ['day', 'date', 'date'],
  ['moment', 'datetime', 'timestamptz'],
  ['local', 'timestamp', 'timestamp'],
  ['clock', 'time', 'time'],
  ['data', 'json', 'jsonb'],
  ['raw', 'string', 'bytea'],
  ['tags', 'string', 'text[]'],
] as const
const later = ['extra', 'integer', 'integer'] as const

export const tables = ['thing', 'pair']

const deleted = { name: 'is_deleted', type: 'boolean', description: 'Whether it is deleted.', nullable: false }

function described([name, type, source]: readonly [string, string, string]): object {
  const isText = type === 'string'
  return { name, type, description: 'A column.', nullable: true, ...(isText && { sourceType: source }) }
}

/** Writes the catalog, with or without the column that comes later. */
export function warehouseCatalog(folder: string, hasExtra: boolean): Promise<string> {
  const thing = ownEntity('thing') as { columns: object[] }
  const pair = ownEntity('pair', { key: ['code', 'part'] }) as { columns: object[] }
  const part = { name: 'part', type: 'integer', description: 'A part of the key.', nullable: false }
  const more = [...columns.map(described), deleted, ...(hasExtra ? [described(later)] : [])]
  return ownCatalog(
    folder,
    { ...thing, columns: [...thing.columns, ...more] },
    { ...pair, columns: [...pair.columns, part, deleted] },
  )
}

export async function makeWarehouseTables(world: World): Promise<void> {
  await makeOwnTables(world, ...tables)
  await world.sql(`
    ALTER TABLE s.thing ${columns.map(([name, , type]) => `ADD ${name} ${type}`).join(', ')},
      ADD is_deleted boolean NOT NULL DEFAULT false;
    ALTER TABLE s.pair ADD part integer NOT NULL DEFAULT 1, ADD is_deleted boolean NOT NULL DEFAULT false,
      DROP CONSTRAINT pair_pkey, ADD PRIMARY KEY (tenant, code, part);
    -- An update can name its time, so that a test can write the past.
    CREATE OR REPLACE FUNCTION s.touch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.change_xid := pg_current_xact_id();
      RETURN NEW;
    END $$`)
}

export const addExtra = (world: World): Promise<unknown> => world.sql('ALTER TABLE s.thing ADD extra integer')

/** Inserts rows with a prefix for their codes, as of a time. Each has other values that are NULL, empty or extreme. */
export async function insertRows(world: World, tenant: string, prefix: string, count: number, at: Date): Promise<void> {
  await world.sql(
    `INSERT INTO s.thing (tenant, code, updated_at, name, amount, exact, large, ratio, day, moment, local, clock, data, raw, tags)
     SELECT $1, $2 || n, $4,
       (ARRAY[NULL, '', 'NULL', '=1+1', '''quoted', 'two' || chr(10) || 'lines', 'a "word", and; more', chr(9) || 'tab',
         '\\N', 'é😀', repeat('wide ', 600)])[n % 11 + 1],
       (ARRAY[NULL, 12.50, -0.01, 9999999999.99])[n % 4 + 1],
       (ARRAY[NULL, 123456789012345678901234567890.123456789012345678, 0.000, -1e-20])[n % 4 + 1]::numeric,
       (ARRAY[NULL, 9223372036854775807, -9223372036854775808, 0])[n % 4 + 1],
       (ARRAY[NULL, 0.1, -1.5, 12345.678])[n % 4 + 1],
       (ARRAY[NULL, '2026-11-23', '1999-01-01'])[n % 3 + 1]::date,
       (ARRAY[NULL, '2026-11-23 09:30:00.123456Z', '2026-11-23Z'])[n % 3 + 1]::timestamptz,
       (ARRAY[NULL, '2026-11-23 09:30:00.1', '2026-11-23'])[n % 3 + 1]::timestamp,
       (ARRAY[NULL, '09:30:00.000001', '23:59:59'])[n % 3 + 1]::time,
       (ARRAY[NULL, '{"a": [1, null, "x"]}', '"text"', '12345678901234567890.5', 'null'])[n % 5 + 1]::jsonb,
       (ARRAY[NULL, '\\x', '\\x00ff22'])[n % 3 + 1]::bytea,
       (ARRAY[NULL, '{}', '{a,"b,c",NULL,""}'])[n % 3 + 1]::text[]
     FROM generate_series(1, $3::int) n`,
    [tenant, prefix, count, at],
  )
  await world.sql(
    `INSERT INTO s.pair (tenant, code, part, name, updated_at)
     SELECT $1, $2 || n / 3, n % 3, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'x' END, $4 FROM generate_series(1, $3::int) n`,
    [tenant, prefix, count, at],
  )
}

/** Changes some rows and deletes some, as of a time. Which ones depends on `turn`. */
export async function changeRows(world: World, tenant: string, turn: number, at: Date): Promise<void> {
  for (const table of tables) {
    await world.sql(
      `UPDATE s.${table} SET name = CASE hashtext(code || $2) % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'turn ' || $2 END,
         is_deleted = hashtext(code || $2) % 5 = 0, updated_at = $3
       WHERE tenant = $1 AND abs(hashtext(code || $2 || 'x')) % 4 = 0`,
      [tenant, String(turn), at],
    )
  }
}

/** The rows that a warehouse should have, with values in the form of the files. */
export function sourceRows(world: World, tenant: string, table: string, names: readonly string[]): Promise<Row[]> {
  const selected = names.map(pg.escapeIdentifier).join(', ')
  return rowsInFileForm(world, `SELECT ${selected} FROM s.${table} WHERE tenant = $1 AND NOT is_deleted`, [tenant])
}

/** The rows of a query of the source, with values in the form of the files. */
export async function rowsInFileForm(world: World, text: string, values: readonly unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: world.sourceUrl })
  await client.connect()
  try {
    await client.query(`SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 1`)
    const found = await client.query<string[]>({
      text,
      values: [...values],
      rowMode: 'array',
      types: { getTypeParser: () => (value: string) => value },
    })
    return found.rows.map((row) =>
      Object.fromEntries(
        row.map((value, index) => {
          const field = found.fields[index]
          return [field?.name, inFile(value, field?.dataTypeID)]
        }),
      ),
    )
  } finally {
    await client.end()
  }
}

function inFile(value: string | null, type: number | undefined): string | null {
  if (value === null) return null
  const { BOOL, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins
  if (type === BOOL) return value === 't' ? 'true' : 'false'
  if (type === TIMESTAMP) return value.replace(' ', 'T')
  return type === TIMESTAMPTZ ? value.replace(' ', 'T').replace(/\+00$/, 'Z') : value
}

/** Sorted, so that two tables with the same rows are equal. */
export const sorted = (rows: readonly Row[]): string[] =>
  rows.map((row) => JSON.stringify(Object.entries(row).toSorted(([one], [other]) => (one < other ? -1 : 1)))).toSorted()
