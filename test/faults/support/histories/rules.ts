import type pg from 'pg'
import { type Load, planLoad } from '../../../../src/domain/window.js'
import { rowsOf } from '../../../../src/domain/rows.js'
import type { Extraction, Source } from '../../../../src/source/source.js'
import type { Rule } from './exporter.js'
import type { Row } from './files.js'

/** The product's own way to plan and to read. */
export function productRule(source: Source): Rule {
  return {
    plan: planLoad,
    read: (extraction, meanwhile) =>
      source.read(extraction, new AbortController().signal, async ({ blocks, snapshot }) => {
        await meanwhile()
        const rows: Row[] = []
        for await (const block of blocks) rows.push(...rowsOf(block).map((row) => row as unknown as Row))
        return { rows, snapshot }
      }),
  }
}

/** Rules that look right and are wrong, by what is wrong with them. Each must be caught. */
export function brokenRules(source: Source, client: () => pg.Client): Record<string, Rule> {
  const right = productRule(source)
  const readWhere =
    (delta: string): Rule['read'] =>
    async (extraction, meanwhile) => {
      const read = await readByQuery(client(), extraction, delta)
      await meanwhile()
      return read
    }
  return {
    'a window of updated_at alone': { ...right, read: readWhere('updated_at >= $3 OR $4::text IS NULL') },
    'a look-back of an hour': {
      ...right,
      read: readWhere(`updated_at >= $3::timestamptz - interval '1 hour' OR $4::text IS NULL`),
    },
    "the row's own xmin, which savepoints set, in place of the transaction's id": {
      ...right,
      read: readWhere('updated_at >= $3 OR NOT pg_visible_in_snapshot(xmin::text::xid8, $4::pg_snapshot)'),
    },
    'only transactions after the snapshot, not those that it lists as open': {
      ...right,
      read: readWhere('updated_at >= $3 OR change_xid >= pg_snapshot_xmax($4::pg_snapshot)'),
    },
    'every transaction from the oldest open one on, also those that the file has': {
      ...right,
      read: readWhere('updated_at >= $3 OR change_xid >= pg_snapshot_xmin($4::pg_snapshot)'),
    },
    'a snapshot that is taken when the rows are read': {
      ...right,
      read: async (extraction, meanwhile) => {
        const { rows } = await right.read(extraction, meanwhile)
        return { rows, snapshot: await currentSnapshot(client()) }
      },
    },
    'a window that begins a day before its end, not at the last published end': {
      ...right,
      plan: (entity, run, watermark, identity) => {
        const load = planLoad(entity, run, watermark, identity)
        return isDelta(load) ? { ...load, from: new Date(run.to.getTime() - 86_400_000) } : load
      },
    },
    "a second file of the day that does not cover the first one's window": {
      ...right,
      plan: (entity, run, watermark, identity) => {
        const load = planLoad(entity, run, watermark, identity)
        return isDelta(load) && watermark ? { ...load, from: watermark.to, fromSnapshot: watermark.snapshot } : load
      },
    },
    'a past window written again with whatever falls into it by now': {
      ...right,
      read: (extraction, meanwhile) => {
        const { visibleIn: _visibleIn, ...window } = extraction
        return right.read(window, meanwhile)
      },
    },
    'a later run for an earlier time': {
      ...right,
      plan: (entity, run, watermark, identity) =>
        watermark && watermark.to > run.to ? watermark.load : planLoad(entity, run, watermark, identity),
    },
  }
}

const isDelta = (load: Load | 'SKIP'): load is Load & { mode: 'DELTA' } => load !== 'SKIP' && load.mode === 'DELTA'

async function readByQuery(client: pg.Client, extraction: Extraction, delta: string) {
  const { entity, tenantId, to } = extraction
  const [from, base] =
    extraction.mode === 'delta' ? [extraction.from.toISOString(), extraction.snapshot] : ['-infinity', null]
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
  const snapshot = await currentSnapshot(client)
  const { rows } = await client.query<[string, string, string]>({
    text: `SELECT code, version, is_deleted FROM ${entity.table.name}
      WHERE tenant_code = $1 AND updated_at < $2 AND (${delta})
        AND ($5::text IS NULL OR pg_visible_in_snapshot(change_xid, $5::pg_snapshot))`,
    values: [tenantId, to.toISOString(), from, base, extraction.visibleIn ?? null],
    rowMode: 'array',
    types: { getTypeParser: () => (value: string) => value },
  })
  await client.query('COMMIT')
  return { rows, snapshot }
}

async function currentSnapshot(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot')
  return rows[0]!.snapshot
}
