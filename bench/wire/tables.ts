import { parseCatalog } from '../../src/catalog/load.js'
import type { Entity } from '../../src/domain/entity.js'
import { findEntity } from '../../src/domain/entity.js'
import { fillSample } from '../../dev/sample-data/fill.js'
import defaultCatalog from '../../src/catalog/default-catalog.json' with { type: 'json' }
import type { Place } from './place.js'

export const tenantId = 'bench'
export const baseTime = '2026-01-01T00:00:00.000Z'

export function entityNamed(name: string): Entity {
  const entity = findEntity(parseCatalog(defaultCatalog), name)
  if (!entity) throw new Error(`The default catalog has no ${name}`)
  return entity
}

/** The sample's rows of tenants, and Postgres as it is some time after they were written. */
export async function fillTables(
  place: Place,
  tenants: Readonly<Record<string, { interaction: number; content: number }>>,
  progress: (line: string) => void,
): Promise<void> {
  const others = { user: 10_000, site: 50, site_category: 5 }
  await fillSample({
    url: place.url,
    seed: 1,
    rows: 0,
    baseTime: new Date(baseTime),
    tenants: Object.entries(tenants).map(([id, rows]) => ({ tenantId: id, share: 0, rows: { ...others, ...rows } })),
    report: (line) => line.endsWith(' 0 rows') || progress(line),
  })
  await place.query('VACUUM (FREEZE, ANALYZE) analytics.interaction, analytics.content')
  await place.query('CHECKPOINT')
}

/** Changes a number of rows of a tenant's interactions after the first file. Returns the snapshot of that file. */
export async function changeRows(place: Place, tenant: string, rows: number): Promise<string> {
  const { rows: found } = await place.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot')
  await place.query(
    `UPDATE analytics.interaction SET referrer = 'changed' WHERE tenant_code = '${tenant}'
     AND code IN (SELECT code FROM analytics.interaction WHERE tenant_code = '${tenant}' ORDER BY code LIMIT ${rows})`,
  )
  await place.query('VACUUM (ANALYZE) analytics.interaction')
  return found[0]?.snapshot ?? ''
}
