import type { ReactNode } from 'react'
import styles from './badge.module.css'

/** What a color means. The words and the sign say it too, for readers who do not see the color. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'neutral'

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
