import { useEffect, useState } from 'react'
import { type Base, changesBetween, type Draft } from './draft'
import { readDraft, storeDraft } from './draft-store'
import { allSettings } from './settings/all-settings'

export interface DraftState {
  readonly draft: Draft
  readonly isChanged: boolean
  /** Whether the draft is from an earlier visit to the page. */
  readonly isRestored: boolean
  readonly setValue: (id: string, value: unknown) => void
  readonly replace: (draft: Draft) => void
  /** Begins again with the registration as it is now, or as it was just saved. */
  readonly discard: (saved?: Base) => void
}

/** @param current the registration as it was last read; the draft follows it until something is changed */
export function useDraft(tenantId: string, current: Base): DraftState {
  const [restored] = useState(() =>
    readDraft(
      tenantId,
      allSettings.map(({ id }) => id),
    ),
  )
  const [own, setOwn] = useState(restored)
  const isOwn = own !== undefined && (own.base.version > current.version || own.values !== own.base.values)
  const draft = isOwn ? own : { base: current, values: current.values }
  const isChanged = changesBetween(allSettings, draft.base.values, draft.values).length > 0
  useEffect(() => storeDraft(tenantId, isChanged ? own : undefined), [tenantId, isChanged, own])
  return {
    draft,
    isChanged,
    isRestored: restored !== undefined && own === restored && isChanged,
    setValue: (id, value) => setOwn({ base: draft.base, values: { ...draft.values, [id]: value } }),
    replace: setOwn,
    discard: (saved) => setOwn(saved && { base: saved, values: saved.values }),
  }
}
