/** What the address of the page selects. Values that are not valid are left out. */
export interface OverviewSearch {
  readonly after?: string
  readonly before?: string
}

export function readOverviewSearch(search: Record<string, unknown>): OverviewSearch {
  const { after, before } = search
  return {
    ...(typeof after === 'string' && { after }),
    ...(typeof before === 'string' && { before }),
  }
}
