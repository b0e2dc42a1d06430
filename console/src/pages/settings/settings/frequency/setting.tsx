import type { ReactNode } from 'react'
import { formatWeekday } from '../../../../format/dates'
import type { ExportFrequency } from '../../../../gql/graphql'
import { Choices } from '../../../../ui/fields'
import { Time } from '../../../../ui/time'
import { type FormProps, mineIfChanged, type Setting } from '../setting'
import styles from './frequency.module.css'

const choices = [
  { value: 'DAILY', label: 'Every day', help: 'The files have what changed in the day before.' },
  {
    value: 'WEEKLY',
    label: 'Every week',
    help: 'On Monday. The files have what changed in the week before.',
  },
  {
    value: 'MONTHLY',
    label: 'Every month',
    help: 'On the 1st. The files have what changed in the month before.',
  },
] as const

const words: Readonly<Record<ExportFrequency, string>> = {
  DAILY: 'Every day',
  WEEKLY: 'Every Monday',
  MONTHLY: 'Every 1st of the month',
}

function FrequencyForm({ value, onChange, errors, nextRunTimes }: FormProps<ExportFrequency>): ReactNode {
  return (
    <div className={styles['columns']}>
      <Choices label="How often" choices={choices} value={value} onChange={onChange} error={errors.join(' ')} />
      <div>
        <h3>Next runs</h3>
        <ol className={styles['times']} aria-live="polite">
          {nextRunTimes?.map((time) => (
            <li key={time}>
              <Time value={time} /> <span className={styles['weekday']}>{formatWeekday(time)}</span>
            </li>
          ))}
        </ol>
        {!nextRunTimes?.length && <p>No run is planned with this choice of entities.</p>}
      </div>
    </div>
  )
}

const isEqual = (one: ExportFrequency, other: ExportFrequency): boolean => one === other

export const setting: Setting<ExportFrequency> = {
  id: 'frequency',
  order: 20,
  title: 'Frequency',
  lead: 'The first file of an entity is its whole history. Every later file has only what changed.',
  initial: 'DAILY',
  read: ({ frequency }) => frequency,
  toInput: (frequency) => ({ frequency }),
  inputFields: ['frequency'],
  summary: (value) => words[value],
  changes: (before, after) => (isEqual(before, after) ? [] : [`${words[before]} → ${words[after]}`]),
  merge: mineIfChanged(isEqual),
  Form: FrequencyForm,
}
