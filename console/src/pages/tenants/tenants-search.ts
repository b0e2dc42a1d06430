import type { ExportTenantFilter, ExportTenantSort } from '../../gql/graphql'
import { type Cursors, readCursors } from '../../ui/cursors'

/** Which tenants a list shows, in the words of its address. */
const filters = {
  overdue: { overdue: true },
  failing: { failing: true },
  running: { running: true },
  paused: { paused: true, disabled: false },
  disabled: { disabled: true },
  unfetched: { notFetchedForDays: 7 },
} as const satisfies Readonly<Record<string, ExportTenantFilter>>
export type TenantState = keyof typeof filters

const sorts = {
  id: 'ID',
  overdue: 'OVERDUE',
  failing: 'FAILING',
  largest: 'LARGEST',
  'last-success': 'LAST_SUCCESS',
} as const satisfies Readonly<Record<string, ExportTenantSort>>
export type TenantOrder = keyof typeof sorts

/** What the address of the page selects. Values that are not valid are left out. */
export interface TenantsSearch extends Cursors {
  /** A part of the tenant's id. */
  readonly search?: string
  readonly state?: TenantState
  /** Without it, the tenants are in the order of their ids. */
  readonly sort?: TenantOrder
}

export function readTenantsSearch(search: Record<string, unknown>): TenantsSearch {
  const { search: text, state, sort } = search
  // The router reads a search for `42` as a number.
  const part = typeof text === 'number' ? String(text) : text
  return {
    ...readCursors(search),
    ...(typeof part === 'string' && part.trim() !== '' && { search: part }),
    ...(isKeyOf(filters, state) && { state }),
    ...(isKeyOf(sorts, sort) && { sort }),
  }
}

/** The address of the first page after a change of the filters. */
export function filtered(
  search: TenantsSearch,
  change: { [Name in keyof TenantsSearch]?: TenantsSearch[Name] | undefined },
): TenantsSearch {
  const { after: _after, before: _before, ...kept } = search
  return readTenantsSearch({ ...kept, ...change })
}

/** The arguments of `exportTenants`. */
export function tenantsVariables({ search, state, sort }: TenantsSearch): {
  readonly filter: ExportTenantFilter
  readonly sort: ExportTenantSort
} {
  return {
    filter: { ...(state !== undefined && filters[state]), ...(search !== undefined && { search }) },
    sort: sorts[sort ?? 'id'],
  }
}

function isKeyOf<Keys extends object>(keys: Keys, value: unknown): value is keyof Keys {
  return typeof value === 'string' && Object.hasOwn(keys, value)
}
