import type pg from 'pg'
import type { Entity } from '../../../src/domain/entity.js'

/** A table of its own kind, quickly made: rows of about 330 bytes, all of them acme's. */
export const wide: Entity = {
  name: 'wide',
  displayName: 'wide',
  description: '',
  kind: 'event',
  table: { schema: 'public', name: 'wide' },
  tenantColumn: 'tenant',
  updatedAtColumn: 'changed',
  changeXidColumn: 'xid',
  key: ['n'],
  columns: [
    { name: 'n', type: 'integer', description: '', nullable: false },
    { name: 'padding', type: 'string', description: '', nullable: false },
  ],
}

export async function makeWideTable(owner: pg.Client, rows: number): Promise<void> {
  await owner.query(`CREATE TABLE wide AS SELECT n, repeat('x', 300) AS padding, 'acme' AS tenant,
    timestamptz '2026-01-01Z' AS changed, pg_current_xact_id() AS xid FROM generate_series(1, ${rows}) n;
    ALTER TABLE wide ALTER changed SET NOT NULL, ALTER xid SET NOT NULL`)
}

/** All rows of it. */
export const allOfWide = { entity: wide, tenantId: 'acme', to: new Date('2027-01-01'), mode: 'full' } as const
