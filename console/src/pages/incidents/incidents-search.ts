import { type Cursors, readCursors } from '../../ui/cursors'

const statuses = ['open', 'resolved'] as const
export type IncidentStatusFilter = (typeof statuses)[number]

/** What the address of the page selects. Values that are not valid are left out. */
export interface IncidentsSearch extends Cursors {
  /** Without it, the open and the resolved incidents are listed. */
  readonly status?: IncidentStatusFilter
  readonly code?: string
  /** A tenant that the incidents affect or have affected. */
  readonly affects?: string
}

export function readIncidentsSearch(search: Record<string, unknown>): IncidentsSearch {
  const { status, code, affects } = search
  const known = statuses.find((each) => each === status)
  // The router reads the id `42` as a number.
  const tenant = typeof affects === 'number' ? String(affects) : affects
  return {
    ...readCursors(search),
    ...(known !== undefined && { status: known }),
    ...(typeof code === 'string' && /^[A-Z][A-Z_]*$/.test(code) && { code }),
    ...(typeof tenant === 'string' && tenant.trim() !== '' && { affects: tenant.trim() }),
  }
}

/** The address of the first page after a change of the filters. */
export function filtered(
  search: IncidentsSearch,
  change: { [Name in keyof IncidentsSearch]?: IncidentsSearch[Name] | undefined },
): IncidentsSearch {
  const { after: _after, before: _before, ...kept } = search
  return readIncidentsSearch({ ...kept, ...change })
}
