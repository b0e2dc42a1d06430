import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { counted } from '../../format/numbers'
import { intervalOf } from '../../format/period'
import { pageVariables } from '../../ui/cursors'
import { CursorPager } from '../../ui/cursor-pager'
import { Failure } from '../../ui/failure'
import { Empty, Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { AuditEvents } from './audit-events'
import { AuditFilters } from './audit-filters'
import { AuditDocument } from './audit-query'
import { actionsOf } from './audit-search'

const route = getRouteApi('/audit')
const pageSize = 25

export function AuditPage(): ReactNode {
  const search = route.useSearch()
  const actions = actionsOf(search)
  const [{ data, error, fetching }, refresh] = useQuery({
    query: AuditDocument,
    variables: {
      ...pageVariables(search, pageSize),
      ...intervalOf(search),
      action: actions.length > 0 ? actions : null,
    },
  })
  const events = data?.exportAuditEvents.edges.map(({ node }) => node)
  const isFiltered = actions.length > 0 || search.from !== undefined || search.to !== undefined
  return (
    <Page
      title="Audit log"
      lead="Who changed what, and which calls were denied. Events never change, and are kept for at least 90 days."
    >
      <Section>
        <AuditFilters />
        {error && (
          <Failure
            error={error}
            what="The audit log can't be shown"
            onRetry={() => refresh({ requestPolicy: 'network-only' })}
          />
        )}
        {!data && fetching && <Loading what="Loading the audit log" />}
        {events?.length === 0 && <NoEvents isFiltered={isFiltered} />}
        {events && events.length > 0 && <AuditEvents events={events} />}
        {data && (
          <CursorPager what="events" cursors={search} pageInfo={data.exportAuditEvents.pageInfo}>
            {counted(data.exportAuditEvents.edges.length, 'event')}
          </CursorPager>
        )}
      </Section>
    </Page>
  )
}

function NoEvents({ isFiltered }: { readonly isFiltered: boolean }): ReactNode {
  if (isFiltered) return <Empty title="No event fits these filters.">Choose another action or a longer period.</Empty>
  return (
    <Empty title="Nothing is recorded yet.">
      Each change of the settings or keys, each requested run, each call of an operator and each denied call is listed
      here.
    </Empty>
  )
}
