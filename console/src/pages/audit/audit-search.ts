/** What the address of the page selects. Values that are not valid are left out. */
export interface AuditSearch {
  readonly after?: string
  readonly before?: string
}

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const { after, before } = search
  return {
    ...(typeof after === 'string' && { after }),
    ...(typeof before === 'string' && { before }),
  }
}
