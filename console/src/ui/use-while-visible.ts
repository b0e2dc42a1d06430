import { useEffect } from 'react'

/** Calls back at an interval while the page is visible, and when it becomes visible again. */
export function useWhileVisible(refresh: () => void, everyMs: number): void {
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
  }, [refresh, everyMs])
}
