import type { TenantSort } from '../domain/tenant-sort.js'
import { InvalidPageError } from './page.js'

/** What the orders of tenants compare. */
interface Sorted {
  readonly tenantId: string
  readonly overdueSince: Date | null
  readonly failingSince: Date | null
  readonly lastSuccessAt: Date | null
  readonly deliveredBytes: number
}

/** A place in an order of tenants: by the key, and then by the id. */
export interface TenantPosition {
  readonly key: number
  readonly tenantId: string
}

const last = Number.MAX_SAFE_INTEGER
const timeOf = (time: Date | null, absent: number): number => time?.getTime() ?? absent

const keys: Readonly<Record<TenantSort, (tenant: Sorted) => number>> = {
  ID: () => 0,
  OVERDUE: ({ overdueSince }) => timeOf(overdueSince, last),
  FAILING: ({ failingSince }) => timeOf(failingSince, last),
  LARGEST: ({ deliveredBytes }) => -deliveredBytes,
  LAST_SUCCESS: ({ lastSuccessAt }) => timeOf(lastSuccessAt, 0),
}

export function positionOf(sort: TenantSort, tenant: Sorted): TenantPosition {
  return { key: keys[sort](tenant), tenantId: tenant.tenantId }
}

/** Less than 0 if the first position comes before the other. */
export function comparePositions(one: TenantPosition, other: TenantPosition): number {
  if (one.key !== other.key) return one.key - other.key
  return one.tenantId < other.tenantId ? -1 : one.tenantId > other.tenantId ? 1 : 0
}

/** A cursor has the key too, so it keeps its place when the state of its tenant changes. */
export function encodeTenantCursor(sort: TenantSort, { key, tenantId }: TenantPosition): string {
  const text = sort === 'ID' ? `tenant:${tenantId}` : `tenant by ${sort}:${key}:${tenantId}`
  return Buffer.from(text).toString('base64url')
}

/** @throws InvalidPageError if the cursor is invalid, or of another order */
export function decodeTenantCursor(sort: TenantSort, cursor: string): TenantPosition {
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, order = 'ID', key = '0', tenantId] = /^tenant(?: by ([A-Z_]+):(-?\d{1,16}))?:(.*)$/s.exec(text) ?? []
  if (tenantId === undefined) throw new InvalidPageError('The cursor is invalid. Pass a cursor that this API returned.')
  if (order !== sort) {
    throw new InvalidPageError(
      `The cursor is of another order. Pass a cursor that a page with the sort ${sort} returned.`,
    )
  }
  return { key: Number(key), tenantId }
}
