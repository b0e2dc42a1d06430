import { type ReactNode, useEffect, useState } from 'react'
import { formatElapsed, formatLocalTime, formatRelative, formatTime } from '../format/dates'

interface TimeProps {
  readonly value: string | null | undefined
  /** What is shown if there is no time. */
  readonly none?: string
}

/** A time in UTC. Its title has the reader's own time. */
export function Time({ value, none = 'never' }: TimeProps): ReactNode {
  if (value == null) return none
  return (
    <time dateTime={value} title={formatLocalTime(value)}>
      {formatTime(value)}
    </time>
  )
}

/** How long ago or ahead a time is. Its title has the time itself. */
export function Ago({ value, none = 'never' }: TimeProps): ReactNode {
  const now = useNow(value == null ? undefined : 15_000)
  if (value == null) return none
  return (
    <time dateTime={value} title={formatTime(value)}>
      {formatRelative(value, now)}
    </time>
  )
}

/** How long something lasts already: `3 hours`. Its title has the time when it began. */
export function Elapsed({ since }: { readonly since: string }): ReactNode {
  const now = useNow(15_000)
  return (
    <time dateTime={since} title={formatTime(since)}>
      {formatElapsed(since, now)}
    </time>
  )
}

/** The present, renewed at an interval. Without one it stays as it is. */
export function useNow(everyMs: number | undefined): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (everyMs === undefined) return undefined
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
