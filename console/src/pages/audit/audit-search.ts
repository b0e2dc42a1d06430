import { type Period, readPeriod } from '../../format/period'
import type { ExportAuditAction } from '../../gql/graphql'
import { type Cursors, readCursors } from '../../ui/cursors'
import { isAuditAction } from './audit-words'

/** What the address of the page selects. Values that are not valid are left out. */
export interface AuditSearch extends Cursors, Period {
  /** Actions with commas between them. Without it, events of all actions are listed. */
  readonly action?: string
}

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const actions = actionsOf(search)
  return {
    ...readCursors(search),
    ...readPeriod(search),
    ...(actions.length > 0 && { action: actions.join(',') }),
  }
}

export function actionsOf({ action }: { readonly action?: unknown }): ExportAuditAction[] {
  return typeof action === 'string' ? action.split(',').filter(isAuditAction) : []
}
