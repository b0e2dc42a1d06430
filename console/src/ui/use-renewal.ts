import { useEffect } from 'react'
import type { UseQueryExecute } from 'urql'

/** Fetches a query again at an interval, while somebody can see the page. */
export function useRenewal(refresh: UseQueryExecute, everyMs: number): void {
  useEffect(() => {
    const renew = (): void => {
      if (document.visibilityState === 'visible') refresh({ requestPolicy: 'network-only' })
    }
    const timer = setInterval(renew, everyMs)
    document.addEventListener('visibilitychange', renew)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', renew)
    }
  }, [refresh, everyMs])
}
