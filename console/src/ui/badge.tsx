import type { ReactNode } from 'react'
import styles from './badge.module.css'
import type { Tone } from './tone'

export type { Tone } from './tone'

const signs: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', busy: '●', neutral: '–' }

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactNode {
  return (
    <span className={`${styles['badge']} ${styles[tone]}`}>
      <span aria-hidden className={styles['sign']}>
        {signs[tone]}
      </span>
      {children}
    </span>
  )
}
