import { type ReactNode, useEffect, useState } from 'react'
import { SearchField } from './fields'

interface SearchFilterProps {
  readonly label: string
  readonly placeholder?: string
  /** The value in the address. */
  readonly value: string
  readonly onChange: (value: string) => void
}

const pauseMs = 300

/** A search that changes the address when the user pauses, not with each letter. */
export function SearchFilter({ value, onChange, ...rest }: SearchFilterProps): ReactNode {
  const [draft, setDraft] = useState<string>()
  useEffect(() => {
    if (draft === undefined) return undefined
    const timer = setTimeout(() => {
      setDraft(undefined)
      if (draft !== value) onChange(draft)
    }, pauseMs)
    return () => clearTimeout(timer)
  })
  return <SearchField {...rest} value={draft ?? value} onChange={setDraft} />
}
