import { indexPath } from '../../../src/domain/delivery-path.js'
import type { TestTenant } from './tenant.js'

/** The index of a tenant, as a loader reads it. */
export interface TenantIndex {
  readonly version: number
  readonly tenantId: string
  readonly revision: number
  readonly lastChange: number
  readonly entities: Readonly<Record<string, IndexedDelivery>>
  readonly days: readonly IndexedManifest[]
}

export interface IndexedDelivery {
  readonly sequence: number
  readonly revision: number
  readonly day: string
  readonly path: string
  readonly schemaVersion: number
  readonly contract?: string
  readonly removed?: boolean
}

export interface IndexedManifest {
  readonly day: string
  readonly manifest: string
  readonly revision: number
  readonly change: number
  readonly bytes: number
  readonly sha256: string
  readonly publishedAt: string
  readonly removed?: boolean
}

export async function indexOf(tenant: TestTenant): Promise<TenantIndex> {
  const file = (await tenant.everything()).find(({ path }) => path === indexPath(tenant.id))
  if (!file) throw new Error(`${tenant.id} has no index`)
  return JSON.parse(file.content.toString()) as TenantIndex
}
