import type { ReactNode } from 'react'
import styles from './pager.module.css'

interface PagerProps {
  /** What the pages list, for screen readers: `runs`. */
  readonly what: string
  /** Links to the pages before and after this one; undefined if there is none. */
  readonly newer: ReactNode
  readonly older: ReactNode
  /** What is on this page, such as `20 runs`. */
  readonly children?: ReactNode
}

/** The links below a page of a longer list. Each page has its own address, so "back" and bookmarks work. */
export function Pager({ what, newer, older, children }: PagerProps): ReactNode {
  return (
    <nav className={styles['pager']} aria-label={`Pages of ${what}`}>
      <span className={styles['count']}>{children}</span>
      <span className={styles['links']}>
        {newer}
        {older}
      </span>
    </nav>
  )
}
