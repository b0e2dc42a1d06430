import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { counted } from '../../format/numbers'
import { CursorPager } from '../../ui/cursor-pager'
import { Failure } from '../../ui/failure'
import { Empty, Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { EventFilters } from './event-filters'
import { EventList } from './event-list'
import { EventsDocument } from './events-query'
import { eventVariables, newestFirst } from './events-search'

const route = getRouteApi('/events')
const pageSize = 25

export function EventsPage(): ReactNode {
  const search = route.useSearch()
  const [{ data, error, fetching }, refresh] = useQuery({
    query: EventsDocument,
    variables: { ...eventVariables(search, pageSize), types: search.type === undefined ? null : [search.type] },
  })
  const events = data?.exportEvents.edges.map(({ node }) => node).toReversed()
  return (
    <Page
      title="Events"
      lead="What happened to your export: delivered files, failures, changes. Programs read the same events over the API."
    >
      <Section>
        <EventFilters />
        {error && (
          <Failure
            error={error}
            what="The events can't be shown"
            onRetry={() => refresh({ requestPolicy: 'network-only' })}
          />
        )}
        {!data && fetching && <Loading what="Loading the events" />}
        {events?.length === 0 && <NoEvents isFiltered={search.type !== undefined} />}
        {events && events.length > 0 && <EventList events={events} />}
        {data && (
          <CursorPager what="events" cursors={search} pageInfo={newestFirst(data.exportEvents.pageInfo)}>
            {counted(data.exportEvents.edges.length, 'event')}
          </CursorPager>
        )}
      </Section>
    </Page>
  )
}

function NoEvents({ isFiltered }: { readonly isFiltered: boolean }): ReactNode {
  if (isFiltered) return <Empty title="No event has this type.">Choose another type.</Empty>
  return (
    <Empty title="Nothing has happened yet.">
      Each run that delivers files or fails, and each change of the settings or of an SFTP key, is listed here.
    </Empty>
  )
}
