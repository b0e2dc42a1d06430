import type { ReactNode } from 'react'
import type { SettingChanges } from './draft'
import styles from './settings.module.css'

/** What differs between two versions, setting by setting. */
export function ChangesList({ changes }: { readonly changes: readonly SettingChanges[] }): ReactNode {
  return (
    <dl className={styles['changes']}>
      {changes.map(({ title, lines }) => (
        <div key={title}>
          <dt>{title}</dt>
          {lines.map((line) => (
            <dd key={line}>{line}</dd>
          ))}
        </div>
      ))}
    </dl>
  )
}
