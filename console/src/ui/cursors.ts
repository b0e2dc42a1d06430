/** Where a page of a longer list begins, as its address has it. Without a cursor it is the first page. */
export interface Cursors {
  readonly after?: string
  readonly before?: string
}

export function readCursors({ after, before }: Record<string, unknown>): Cursors {
  if (typeof after === 'string') return { after }
  return typeof before === 'string' ? { before } : {}
}

interface PageVariables {
  readonly first: number | null
  readonly after: string | null
  readonly last: number | null
  readonly before: string | null
}

/** The arguments of a connection of the API for a page of that many items. */
export function pageVariables({ after, before }: Cursors, size: number): PageVariables {
  return before === undefined
    ? { first: size, after: after ?? null, last: null, before: null }
    : { first: null, after: null, last: size, before }
}

interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor?: string | null
  readonly endCursor?: string | null
}

interface Neighbors {
  /** Undefined if there is no such page. Without cursors it is the first page. */
  readonly newer: Cursors | undefined
  readonly older: Cursors | undefined
}

/** The pages before and after one. */
export function neighborsOf(cursors: Cursors, pageInfo: PageInfo): Neighbors {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo
  const isFirst = cursors.after === undefined && cursors.before === undefined
  // A page whose items are gone leads back to the first one.
  const fallback = isFirst || startCursor != null ? undefined : {}
  return {
    newer: hasPreviousPage && startCursor != null ? { before: startCursor } : fallback,
    older: hasNextPage && endCursor != null ? { after: endCursor } : undefined,
  }
}
