/** What the address of the page selects. */
export interface HistorySearch {
  /** How many versions are shown. Without it, {@link firstVersions}. */
  readonly first?: number
}

export const firstVersions = 10
export const mostVersions = 100

export function readHistorySearch({ first }: Record<string, unknown>): HistorySearch {
  const count = Number(first)
  return Number.isInteger(count) && count > firstVersions && count <= mostVersions ? { first: count } : {}
}
