import { useCallback, useEffect, useState } from 'react'
import { type AnyVariables, type CombinedError, useQuery, type UseQueryArgs } from 'urql'

export interface LiveQuery<Data> {
  /** What was last fetched; it stays while a later request fails. Undefined before the first answer. */
  readonly data: Data | undefined
  /** Why the last request failed. Undefined if it did not. */
  readonly error: CombinedError | undefined
  /** When the data was fetched, in milliseconds. Undefined before. */
  readonly updatedAt: number | undefined
  /** Whether the data is of an earlier filter or page, and the wanted one is on its way. */
  readonly isWaiting: boolean
  readonly refresh: () => void
}

interface Kept<Data> {
  readonly data: Data
  /** The variables of the query. */
  readonly of: string
  readonly updatedAt: number
}

const everyMs = 15_000

/** A query that is renewed every 15 seconds while the page is visible, and when it becomes visible again. */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  args: UseQueryArgs<Variables, Data>,
): LiveQuery<Data> {
  const [{ data, error, fetching, stale }, execute] = useQuery(args)
  const [kept, setKept] = useState<Kept<Data>>()
  const of = JSON.stringify(args.variables)
  useEffect(() => {
    if (data !== undefined && !fetching && !stale && !error) setKept({ data, of, updatedAt: Date.now() })
  }, [data, fetching, stale, error, of])
  const refresh = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute])
  useWhileVisible(refresh)
  const last = kept?.of === of ? kept : undefined
  return { data: data ?? last?.data, error, updatedAt: last?.updatedAt, isWaiting: fetching, refresh }
}

function useWhileVisible(refresh: () => void): void {
  useEffect(() => {
    const refreshIfVisible = (): void => {
      if (document.visibilityState === 'visible') refresh()
    }
    const timer = setInterval(refreshIfVisible, everyMs)
    document.addEventListener('visibilitychange', refreshIfVisible)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', refreshIfVisible)
    }
  }, [refresh])
}
