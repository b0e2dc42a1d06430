/** What the address of the page selects. Values that are not valid are left out. */
export interface RunsSearch {
  readonly after?: string
  readonly before?: string
}

export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  const { after, before } = search
  return {
    ...(typeof after === 'string' && { after }),
    ...(typeof before === 'string' && { before }),
  }
}
