import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { RunDetailFragment } from '../../gql/graphql'
import { announcementOf } from './run-progress'

/** Reports the progress to screen readers at a few moments, and not with each change. */
export function RunAnnouncer({ run }: { readonly run: RunDetailFragment }): ReactNode {
  const before = useRef<RunDetailFragment>(undefined)
  const [words, setWords] = useState('')
  useEffect(() => {
    const announcement = announcementOf(before.current, run)
    before.current = run
    if (announcement !== undefined) setWords(announcement)
  }, [run])
  return (
    <p className="visually-hidden" role="status">
      {words}
    </p>
  )
}
