/** What the address of the page selects. Values that are not valid are left out. */
export interface IncidentsSearch {
  readonly after?: string
  readonly before?: string
}

export function readIncidentsSearch(search: Record<string, unknown>): IncidentsSearch {
  const { after, before } = search
  return {
    ...(typeof after === 'string' && { after }),
    ...(typeof before === 'string' && { before }),
  }
}
