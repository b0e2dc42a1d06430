import { type Period, readPeriod } from '../../format/period'
import type { ExportRunStatus } from '../../gql/graphql'
import { type Cursors, readCursors } from '../../ui/cursors'
import { isRunStatus } from './run-words'

/** What the address of the page selects. Values that are not valid are left out. */
export interface RunsSearch extends Cursors, Period {
  /** Statuses with commas between them. Without it, runs of all statuses are listed. */
  readonly status?: string
}

export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  const statuses = statusesOf(search)
  return {
    ...readCursors(search),
    ...readPeriod(search),
    ...(statuses.length > 0 && { status: statuses.join(',') }),
  }
}

export function statusesOf({ status }: { readonly status?: unknown }): ExportRunStatus[] {
  return typeof status === 'string' ? status.split(',').filter(isRunStatus) : []
}
