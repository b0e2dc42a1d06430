import type { Draft } from './draft'

/**
 * Keeps what was typed while the tab is open, so that another page, a reload or a new login loses nothing. A tenant has one draft.
 */
function keyOf(tenantId: string): string {
  return `tidemark-draft-${tenantId}`
}

/** @param ids of the settings; a draft of another release, which lacks one, is dropped */
export function readDraft(tenantId: string, ids: readonly string[]): Draft | undefined {
  const stored = sessionStorage.getItem(keyOf(tenantId))
  return stored === null ? undefined : parseDraft(stored, ids)
}

export function parseDraft(stored: string, ids: readonly string[]): Draft | undefined {
  try {
    const { base, values } = JSON.parse(stored) as Draft
    const isComplete = ids.every((id) => values[id] !== undefined && base.values[id] !== undefined)
    return isComplete ? { base, values } : undefined
  } catch {
    return undefined
  }
}

/** @param draft undefined if nothing is changed */
export function storeDraft(tenantId: string, draft: Draft | undefined): void {
  if (draft) sessionStorage.setItem(keyOf(tenantId), JSON.stringify(draft))
  else sessionStorage.removeItem(keyOf(tenantId))
}
