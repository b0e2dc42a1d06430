/** What the address of the page selects. Values that are not valid are left out. */
export interface DeliveriesSearch {
  readonly after?: string
  readonly before?: string
}

export function readDeliveriesSearch(search: Record<string, unknown>): DeliveriesSearch {
  const { after, before } = search
  return {
    ...(typeof after === 'string' && { after }),
    ...(typeof before === 'string' && { before }),
  }
}
