import type { ReactNode } from 'react'
import styles from './shell.module.css'

/** The name of the product with its sign. */
export function Mark(): ReactNode {
  return (
    <span className={styles['mark']}>
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden>
        <rect width="32" height="32" rx="7" fill="currentColor" />
        <path
          className={styles['waves']}
          d="M5 12c3.7 0 3.7 3 7.3 3s3.7-3 7.4-3 3.7 3 7.3 3M5 20c3.7 0 3.7 3 7.3 3s3.7-3 7.4-3 3.7 3 7.3 3"
          fill="none"
          strokeWidth="2.6"
          strokeLinecap="round"
        />
      </svg>
      Tidemark
    </span>
  )
}
