import type { Draft } from './draft'

/**
 * Keeps what was typed while the tab is open, so that another page, a reload or a new login loses nothing. A tenant has one draft.
 */
function keyOf(tenantId: string): string {
  return `tidemark-draft-${tenantId}`
}

export function readDraft(tenantId: string): Draft | undefined {
  const stored = sessionStorage.getItem(keyOf(tenantId))
  return stored === null ? undefined : (JSON.parse(stored) as Draft)
}

/** @param draft undefined if nothing is changed */
export function storeDraft(tenantId: string, draft: Draft | undefined): void {
  if (draft) sessionStorage.setItem(keyOf(tenantId), JSON.stringify(draft))
  else sessionStorage.removeItem(keyOf(tenantId))
}
