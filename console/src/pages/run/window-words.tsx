import type { ReactNode } from 'react'
import { formatTime } from '../../format/dates'

interface WindowWordsProps {
  readonly window: { readonly from?: string | null; readonly to: string }
}

/** The half-open interval that a file covers. */
export function WindowWords({ window: { from, to } }: WindowWordsProps): ReactNode {
  return from == null ? `everything before ${formatTime(to)}` : `${formatTime(from)} to ${formatTime(to)}`
}
