import type { ReactNode } from 'react'
import { Label, ProgressBar as AriaProgressBar } from 'react-aria-components'
import styles from './progress-bar.module.css'

interface ProgressBarProps {
  readonly label: string
  readonly value: number
  /** 0 if it is not known yet. */
  readonly total: number
  /** The value in words: `20 of 26 entities`. */
  readonly words: string
  readonly tone?: 'busy' | 'good' | 'bad'
}

/** How much of a work is done. It is not announced: the page decides when. */
export function ProgressBar({ label, value, total, words, tone = 'busy' }: ProgressBarProps): ReactNode {
  const isKnown = total > 0
  return (
    <AriaProgressBar
      className={styles['progress']}
      value={value}
      maxValue={Math.max(total, 1)}
      valueLabel={words}
      isIndeterminate={!isKnown && tone === 'busy'}
    >
      {({ percentage }) => (
        <>
          <span className={styles['words']}>
            <Label>{label}</Label>
            <span>{words}</span>
          </span>
          <span className={styles['track']}>
            <span
              className={`${styles['fill']} ${styles[tone]} ${isKnown ? '' : styles['unknown']}`}
              style={{ inlineSize: isKnown ? `${percentage ?? 0}%` : undefined }}
            />
          </span>
        </>
      )}
    </AriaProgressBar>
  )
}
