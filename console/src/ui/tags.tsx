import type { ReactNode } from 'react'
import styles from './tags.module.css'

/** Free words about an entity or a column, such as `pii`. */
export function Tags({ tags }: { readonly tags: readonly string[] }): ReactNode {
  return tags.map((tag) => (
    <span key={tag} className={styles['tag']} title={meanings[tag]}>
      {tag}
    </span>
  ))
}

const meanings: Readonly<Record<string, string>> = { pii: 'Personal data' }
