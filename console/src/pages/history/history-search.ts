/** What the address of the page selects. Values that are not valid are left out. */
export interface HistorySearch {
  readonly after?: string
  readonly before?: string
}

export function readHistorySearch(search: Record<string, unknown>): HistorySearch {
  const { after, before } = search
  return {
    ...(typeof after === 'string' && { after }),
    ...(typeof before === 'string' && { before }),
  }
}
