import { type ReactNode, useEffect } from 'react'
import { Notice } from '../ui/notice'
import styles from './shell.module.css'
import { announceLogin } from './session'

/** The page that a second window comes to after its login. The first window goes on. */
export function LoggedIn(): ReactNode {
  useEffect(() => {
    announceLogin()
    window.close()
  }, [])
  return (
    <main className={styles['alone']}>
      <Notice tone="good" title="You are logged in.">
        <p>Close this window, and go on in the other one.</p>
      </Notice>
    </main>
  )
}
