import type { ReactNode } from 'react'
import { formatClock } from '../format/dates'
import { Button } from './button'
import type { LiveQuery } from './use-live-query'
import styles from './updated.module.css'

/** When the page was last renewed, and a button to renew it now. It is not announced, because it changes often. */
export function Updated({ query }: { readonly query: LiveQuery<unknown> }): ReactNode {
  const { updatedAt, error, refresh } = query
  return (
    <div className={styles['updated']}>
      {updatedAt !== undefined && (
        <span>
          {error ? 'Last updated at ' : 'Updated at '}
          <time dateTime={new Date(updatedAt).toISOString()}>{formatClock(new Date(updatedAt).toISOString())}</time>
        </span>
      )}
      <Button small look="quiet" onPress={refresh}>
        Update now
      </Button>
    </div>
  )
}
