/** What the address of the page selects. Values that are not valid are left out. */
export interface TenantsSearch {
  readonly after?: string
  readonly before?: string
}

export function readTenantsSearch(search: Record<string, unknown>): TenantsSearch {
  const { after, before } = search
  return {
    ...(typeof after === 'string' && { after }),
    ...(typeof before === 'string' && { before }),
  }
}
