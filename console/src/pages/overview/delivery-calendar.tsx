import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { weeksUntil } from '../../format/days'
import { Failure } from '../../ui/failure'
import { Loading } from '../../ui/notice'
import { Section } from '../../ui/page'
import { Calendar, calendarWeeks } from './calendar'
import { DaysDocument } from './overview-query'

/** The calendar of the deliveries of the last months. */
export function DeliveryCalendar({ today }: { readonly today: string }): ReactNode {
  const from = weeksUntil(today, calendarWeeks)[0]?.[0] ?? today
  const [{ data, error }, refresh] = useQuery({ query: DaysDocument, variables: { from, to: today, entity: null } })
  return (
    <Section title="Deliveries by day" lead="By the date in the paths. Choose a day to see its files.">
      {error && <Failure error={error} what="The calendar can't be shown" onRetry={() => refresh()} />}
      {!data && !error && <Loading what="Loading the calendar" />}
      {data && <Calendar days={data.exportDays} today={today} />}
    </Section>
  )
}
