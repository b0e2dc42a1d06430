import type { Run, RunEntity } from '../../../src/domain/run.js'
import type { StoredWatermark } from '../../../src/database/deliveries/delivery-store.js'
import { aNewRun, aPlan, newTenant, type Stores } from '../../support/world/stores.js'

export const monday = new Date('2026-11-23T00:00:00Z')
export const noon = new Date('2026-11-23T12:00:00Z')
export const tuesday = new Date('2026-11-24T00:00:00Z')

export const sinceMonday = { mode: 'DELTA' as const, from: monday, fromSnapshot: '900:905:901', previous: 1 }

/** The error of a stale attempt. */
export const superseded = { code: 'SUPERSEDED', retry: 'never' }

/** A run of a new tenant that has begun, with its entities pending. */
export function begunRun(stores: Pick<Stores, 'runs'>, ...entities: string[]): Promise<Run> {
  return stores.runs.begin(aNewRun(newTenant()), aPlan(...entities))
}

export async function entityOf(stores: Pick<Stores, 'runs'>, run: Run, name: string): Promise<RunEntity | undefined> {
  const found = await stores.runs.find(run.tenantId, run.id)
  return found?.entities.find(({ entity }) => entity === name)
}

export async function watermarkOf(
  stores: Pick<Stores, 'deliveries'>,
  tenantId: string,
  entity: string,
): Promise<StoredWatermark | undefined> {
  return (await stores.deliveries.watermarks(tenantId)).get(entity)
}
