import type { ReactNode } from 'react'
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import styles from './chip-filter.module.css'

interface ChipFilterProps<Value extends string> {
  readonly label: string
  readonly choices: readonly { readonly value: Value; readonly label: string }[]
  readonly selected: readonly Value[]
  readonly onChange: (selected: readonly Value[]) => void
}

/** Several choices that can be on at the same time. None means all. */
export function ChipFilter<Value extends string>({
  label,
  choices,
  selected,
  onChange,
}: ChipFilterProps<Value>): ReactNode {
  return (
    <div className={styles['filter']}>
      <span className={styles['label']} aria-hidden>
        {label}
      </span>
      <ToggleButtonGroup
        aria-label={label}
        className={styles['chips']}
        selectionMode="multiple"
        selectedKeys={selected}
        onSelectionChange={(keys) => onChange(choices.map(({ value }) => value).filter((value) => keys.has(value)))}
      >
        {choices.map((choice) => (
          <ToggleButton key={choice.value} id={choice.value} className={styles['chip']}>
            {choice.label}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </div>
  )
}
