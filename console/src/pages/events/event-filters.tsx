import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ExportEventType } from '../../gql/graphql'
import { Select } from '../../ui/fields'
import { Filters } from '../../ui/filters'
import { eventTypeNames, eventTypes } from './event-words'
import styles from './events.module.css'

const route = getRouteApi('/events')
const all = 'ALL'
const choices = [
  { value: all, label: 'All events' },
  ...eventTypeNames.map((value) => ({ value, label: eventTypes[value].name })),
] as const

export function EventFilters(): ReactNode {
  const { type } = route.useSearch()
  const navigate = route.useNavigate()
  // A filter begins at the first page of what it selects.
  const select = (next: ExportEventType | typeof all): void =>
    void navigate({ search: () => (next === all ? {} : { type: next }), replace: true })
  return (
    <Filters what="events" onClear={type === undefined ? undefined : () => select(all)}>
      <div className={styles['typeFilter']}>
        <Select<ExportEventType | typeof all> label="Type" choices={choices} value={type ?? all} onChange={select} />
      </div>
    </Filters>
  )
}
