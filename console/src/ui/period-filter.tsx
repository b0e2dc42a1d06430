import { type ReactNode, useState } from 'react'
import { Input, Label, TextField } from 'react-aria-components'
import { isDay, type Period } from '../format/period'
import fields from './fields.module.css'
import styles from './period-filter.module.css'

interface PeriodFilterProps {
  readonly period: Period
  readonly onChange: (period: Period) => void
}

/** The first and the last day of a period, in UTC. An empty field is no limit. */
export function PeriodFilter({ period, onChange }: PeriodFilterProps): ReactNode {
  const change = (name: 'from' | 'to') => (value: string) => {
    const { [name]: _replaced, ...rest } = period
    onChange(value === '' ? rest : { ...rest, [name]: value })
  }
  return (
    <div className={styles['period']} role="group" aria-label="Period, in UTC">
      <DayField label="From (UTC)" value={period.from} onChange={change('from')} />
      <DayField label="To (UTC)" value={period.to} onChange={change('to')} />
    </div>
  )
}

interface DayFieldProps {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}

/** A day that is not complete yet, such as one of the year 2, stays in the field and changes nothing. */
function DayField({ label, value, onChange }: DayFieldProps): ReactNode {
  const [draft, setDraft] = useState<string>()
  const change = (text: string): void => {
    setDraft(text)
    if (text === '' || isDay(text)) onChange(text)
  }
  return (
    <TextField
      type="date"
      className={fields['field']}
      value={draft ?? value ?? ''}
      onChange={change}
      onBlur={() => setDraft(undefined)}
    >
      <Label>{label}</Label>
      <Input className={fields['input']} />
    </TextField>
  )
}
