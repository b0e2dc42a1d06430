import { type ReactNode, useSyncExternalStore } from 'react'
import { Notice } from '../ui/notice'

function subscribe(listener: () => void): () => void {
  window.addEventListener('online', listener)
  window.addEventListener('offline', listener)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('offline', listener)
  }
}

/** Says that the page can't be up to date, while the device is offline. */
export function OfflineNotice(): ReactNode {
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine)
  if (isOnline) return null
  return (
    <Notice tone="warn" title="This device is offline.">
      <p>
        The page shows what was last fetched. What you type stays here. Nothing is saved until you are online again.
      </p>
    </Notice>
  )
}
