import { parseCatalog } from '../../src/catalog/load.js'
import type { Entity } from '../../src/domain/entity.js'
import { findEntity } from '../../src/domain/entity.js'
import { fillSample } from '../../src/local/sample-data/fill.js'
import defaultCatalog from '../../src/catalog/default-catalog.json' with { type: 'json' }
import type { Place } from './place.js'

export const tenantId = 'bench'
export const baseTime = '2026-01-01T00:00:00.000Z'

export function entityNamed(name: string): Entity {
  const entity = findEntity(parseCatalog(defaultCatalog), name)
  if (!entity) throw new Error(`The default catalog has no ${name}`)
  return entity
}

/** The sample's rows of one tenant, and Postgres as it is some time after they were written. */
export async function fillTables(
  place: Place,
  rows: { interaction: number; content: number },
  progress: (line: string) => void,
): Promise<void> {
  const others = { user: 10_000, site: 50, site_category: 5 }
  const tenants = [{ tenantId, share: 0, rows: { ...others, ...rows } }]
  await fillSample({ url: place.url, seed: 1, rows: 0, baseTime: new Date(baseTime), tenants, report: progress })
  await place.query('VACUUM (FREEZE, ANALYZE) analytics.interaction, analytics.content')
  await place.query('CHECKPOINT')
}
