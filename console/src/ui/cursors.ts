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
export function neighborsOf(
  cursors: Cursors,
  { hasNextPage, hasPreviousPage, startCursor, endCursor }: PageInfo,
): Neighbors {
  const isFirst = cursors.after === undefined && cursors.before === undefined
  return {
    newer: newerOf(isFirst, hasPreviousPage, startCursor),
    older: hasNextPage && endCursor != null ? { after: endCursor } : undefined,
  }
}

function newerOf(isFirst: boolean, hasPreviousPage: boolean, startCursor: string | null | undefined) {
  if (hasPreviousPage && startCursor != null) return { before: startCursor }
  // Items that have come since the first page was shown are on it.
  return isFirst ? undefined : {}
}
