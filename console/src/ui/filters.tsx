import type { ReactNode } from 'react'
import { Button } from './button'
import styles from './filters.module.css'

interface FiltersProps {
  /** What is filtered, for screen readers: `runs`. */
  readonly what: string
  readonly children: ReactNode
  /** Undefined if no filter is set. */
  readonly onClear: (() => void) | undefined
}

/** The filters above a list. Their values are in the address of the page. */
export function Filters({ what, children, onClear }: FiltersProps): ReactNode {
  return (
    <search className={styles['filters']} aria-label={`Filters of ${what}`}>
      {children}
      {onClear && (
        <Button look="quiet" onPress={onClear}>
          Clear the filters
        </Button>
      )}
    </search>
  )
}
