import type { ReactNode } from 'react'
import { buttonClass } from '../ui/button'
import { Notice } from '../ui/notice'
import { Mark } from './mark'
import { loginUrl } from './session'
import styles from './shell.module.css'

/** The first page of a visitor, and the page after a logout. */
export function LoggedOut({ isUnavailable }: { readonly isUnavailable: boolean }): ReactNode {
  const { pathname, search } = window.location
  const hasLeft = pathname === '/console/logged-out'
  return (
    <main className={styles['alone']}>
      <Mark />
      <h1>{hasLeft ? 'You are logged out' : 'Log in to Tidemark'}</h1>
      <p>Choose which data you receive as CSV files over SFTP, and see that it arrives.</p>
      {isUnavailable && (
        <Notice tone="bad" title="Tidemark does not answer.">
          <p>Check your connection, or try again in a minute.</p>
        </Notice>
      )}
      <p>
        <a className={buttonClass('primary', false)} href={loginUrl(hasLeft ? '/console/' : pathname + search)}>
          Log in
        </a>
      </p>
    </main>
  )
}
