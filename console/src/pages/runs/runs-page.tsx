import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { useQuery } from 'urql'
import { counted } from '../../format/numbers'
import { intervalOf } from '../../format/period'
import { pageVariables } from '../../ui/cursors'
import { CursorPager } from '../../ui/cursor-pager'
import { Failure } from '../../ui/failure'
import { Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { isUnfinished } from './run-words'
import { RunNow } from './run-now'
import { RunsEmpty } from './runs-empty'
import { RunsFilters } from './runs-filters'
import { RunsDocument } from './runs-query'
import { statusesOf } from './runs-search'
import { RunsTable } from './runs-table'
import { TestDelivery } from './test-delivery'

const route = getRouteApi('/runs')
const pageSize = 20
const refreshMs = 5_000

export function RunsPage(): ReactNode {
  const search = route.useSearch()
  const statuses = statusesOf(search)
  const [{ data, error, fetching }, refresh] = useQuery({
    query: RunsDocument,
    variables: {
      ...pageVariables(search, pageSize),
      ...intervalOf(search),
      status: statuses.length > 0 ? statuses : null,
    },
  })
  const runs = data?.exportRuns.edges.map(({ node }) => node)
  const hasUnfinished = runs?.some(({ status }) => isUnfinished(status)) ?? false
  useEffect(() => {
    if (!hasUnfinished) return undefined
    const timer = setInterval(() => refresh({ requestPolicy: 'network-only' }), refreshMs)
    return () => clearInterval(timer)
  }, [hasUnfinished, refresh])
  return (
    <Page
      title="Runs"
      lead="One run exports your entities once: by the schedule, or when somebody requests it."
      actions={<RunNow />}
    >
      <Section>
        <RunsFilters />
        {error && (
          <Failure
            error={error}
            what="The runs can't be shown"
            onRetry={() => refresh({ requestPolicy: 'network-only' })}
          />
        )}
        {!data && fetching && <Loading what="Loading the runs" />}
        {runs?.length === 0 && <RunsEmpty />}
        {runs && runs.length > 0 && <RunsTable runs={runs} />}
        {data && (
          <CursorPager what="runs" cursors={search} pageInfo={data.exportRuns.pageInfo}>
            {counted(data.exportRuns.edges.length, 'run')}
          </CursorPager>
        )}
      </Section>
      <TestDelivery />
    </Page>
  )
}
