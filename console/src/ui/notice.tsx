import type { ReactNode } from 'react'
import styles from './notice.module.css'

export type NoticeTone = 'info' | 'good' | 'warn' | 'bad'

interface NoticeProps {
  readonly tone: NoticeTone
  readonly title: string
  readonly children?: ReactNode
  /** Buttons and links that help. */
  readonly actions?: ReactNode
}

/** What has happened, and what to do. Screen readers read it when it appears. */
export function Notice({ tone, title, children, actions }: NoticeProps): ReactNode {
  return (
    <div className={`${styles['notice']} ${styles[tone]}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <p className={styles['title']}>{title}</p>
      {children !== undefined && <div>{children}</div>}
      {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
    </div>
  )
}

interface EmptyProps {
  readonly title: string
  /** How the place comes to be filled. */
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

/** A place with nothing in it yet, and what would fill it. */
export function Empty({ title, children, actions }: EmptyProps): ReactNode {
  return (
    <div className={styles['empty']}>
      <p className={styles['title']}>{title}</p>
      {children !== undefined && <div className={styles['teach']}>{children}</div>}
      {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
    </div>
  )
}

/** A place whose content is being fetched. */
export function Loading({ what = 'Loading' }: { readonly what?: string }): ReactNode {
  return (
    <div className={styles['loading']} role="status">
      <span className="visually-hidden">{what}…</span>
      <span aria-hidden className={styles['bar']} />
      <span aria-hidden className={styles['bar']} />
      <span aria-hidden className={styles['bar']} />
    </div>
  )
}
