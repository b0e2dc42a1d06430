import type { ExportEventType } from '../../gql/graphql'
import { type Cursors, readCursors } from '../../ui/cursors'
import { isEventType } from './event-words'

/** What the address of the page selects. Values that are not valid are left out. */
export interface EventsSearch extends Cursors {
  /** Without it, events of all types are listed. */
  readonly type?: ExportEventType
}

export function readEventsSearch(search: Record<string, unknown>): EventsSearch {
  const { type } = search
  return { ...readCursors(search), ...(isEventType(type) && { type }) }
}

/** The arguments of a page. The API lists events oldest first, and the console newest first. */
export function eventVariables({ after, before }: Cursors, size: number) {
  return before === undefined
    ? { first: null, after: null, last: size, before: after ?? null }
    : { first: size, after: before, last: null, before: null }
}

interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor?: string | null
  readonly endCursor?: string | null
}

/** The same page, newest first. */
export function newestFirst({ hasNextPage, hasPreviousPage, startCursor, endCursor }: PageInfo): PageInfo {
  return {
    hasNextPage: hasPreviousPage,
    hasPreviousPage: hasNextPage,
    startCursor: endCursor ?? null,
    endCursor: startCursor ?? null,
  }
}
