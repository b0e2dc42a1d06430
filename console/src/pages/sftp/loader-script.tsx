import type { ReactNode } from 'react'
import script from '../../../../docs/examples/load-into-postgres.sh?raw'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy'
import styles from './sftp.module.css'

const fileName = 'load-into-postgres.sh'

/** The loader of the documentation, to save. */
export function LoaderScript(): ReactNode {
  return (
    <div className={styles['group']}>
      <h3>Save the loader</h3>
      <p className={styles['hint']}>
        This script loads one day into Postgres 15 or later. It makes a table for each entity, replaces it with a full
        load, merges a delta by key, and refuses a file if the one before it is missing. It needs bash, jq and psql.
      </p>
      <div className={styles['copied']}>
        <Button onPress={save}>Save {fileName}</Button>
        <CopyButton text={script} what="the loader" />
      </div>
    </div>
  )
}

function save(): void {
  const url = URL.createObjectURL(new Blob([script], { type: 'application/x-sh' }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  URL.revokeObjectURL(url)
}
