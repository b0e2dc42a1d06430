import type { ReactNode } from 'react'
import { Copy } from '../../ui/copy'
import { newKeyCommand, showKeyCommand } from './commands'
import styles from './sftp.module.css'

/** How to make a key pair, for those who have none. */
export function MakeKey(): ReactNode {
  return (
    <div className={styles['group']}>
      <h3>You have no key yet?</h3>
      <p className={styles['hint']}>
        Run this on the machine of the loader, in a terminal or in PowerShell. For a loader that runs without a person,
        leave the passphrase empty.
      </p>
      <Copy text={newKeyCommand} what="the command that makes a key" />
      <p className={styles['hint']}>Then add the public key, which this prints:</p>
      <Copy text={showKeyCommand} what="the command that prints the public key" />
    </div>
  )
}
