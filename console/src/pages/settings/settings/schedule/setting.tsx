import type { ReactNode } from 'react'
import { Select } from '../../../../ui/fields'
import { Notice } from '../../../../ui/notice'
import type { FormProps, Setting } from '../setting'
import {
  defaultSchedule,
  hours,
  isSameSchedule,
  mergeSchedules,
  minutes,
  type ScheduleValue,
  scheduleWords,
  timeZones,
} from './schedule'
import styles from './schedule.module.css'

const known = Intl.supportedValuesOf('timeZone')
const own = new Intl.DateTimeFormat().resolvedOptions().timeZone

function ScheduleForm({ value, saved, onChange, errors }: FormProps<ScheduleValue>): ReactNode {
  const change = (part: Partial<ScheduleValue>): void => onChange({ ...value, ...part })
  return (
    <>
      {errors.length > 0 && (
        <Notice tone="bad" title="This time is not accepted.">
          {errors.map((error) => (
            <p key={error}>{error}</p>
          ))}
        </Notice>
      )}
      <div className={styles['fields']}>
        <Select
          label="Time zone"
          help="Days, weeks and months begin in it. The date in the paths is a date in it."
          choices={timeZones([saved?.timeZone ?? value.timeZone, value.timeZone], known, own)}
          value={value.timeZone}
          onChange={(timeZone) => change({ timeZone })}
        />
        <Select
          label="Hour"
          help="In local time. An hour from 4 to 22 exists on every day."
          choices={hours}
          value={String(value.hour)}
          onChange={(hour) => change({ hour: Number(hour) })}
        />
        <Select
          label="Minute"
          choices={minutes}
          value={String(value.minute)}
          onChange={(minute) => change({ minute: Number(minute) })}
        />
      </div>
    </>
  )
}

export const setting: Setting<ScheduleValue> = {
  id: 'schedule',
  order: 25,
  title: 'Time of day',
  lead: 'When the periods end and the runs begin. A change skips no data, and makes at most one more file of a day.',
  initial: defaultSchedule,
  read: ({ schedule: { timeZone, hour, minute } }) => ({ timeZone, hour, minute }),
  toInput: (schedule) => ({ schedule }),
  inputFields: ['schedule'],
  summary: (value) => `At ${scheduleWords(value)}`,
  changes: (before, after) =>
    isSameSchedule(before, after) ? [] : [`${scheduleWords(before)} → ${scheduleWords(after)}`],
  merge: mergeSchedules,
  Form: ScheduleForm,
}
