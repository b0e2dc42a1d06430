import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'
import styles from './figures.module.css'

/** A row of numbers that say how things are, each with a link to what it counts. */
export function Figures({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <ul className={styles['figures']} aria-label={label}>
      {children}
    </ul>
  )
}

interface FigureProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly label: string
  readonly value: string
  /** What the number means now: `bad` has a sign too. */
  readonly tone?: 'bad' | 'warn' | 'busy' | 'neutral'
  /** A few words more. */
  readonly note?: ReactNode
  readonly ref?: Ref<HTMLAnchorElement>
}

function Figure({ label, value, tone = 'neutral', note, ...rest }: FigureProps): ReactNode {
  return (
    <li className={styles['item']}>
      <a {...rest} className={`${styles['figure']} ${styles[tone]}`}>
        <span className={styles['label']}>{label}</span>
        <span className={styles['value']}>
          {value}
          {(tone === 'bad' || tone === 'warn') && <span aria-hidden> !</span>}
        </span>
        {note !== undefined && <span className={styles['note']}>{note}</span>}
      </a>
    </li>
  )
}

/** A figure with a link to the list behind it. */
export const FigureLink = createLink(Figure)
