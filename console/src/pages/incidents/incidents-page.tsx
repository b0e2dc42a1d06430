import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { counted } from '../../format/numbers'
import type { ExportIncidentCode } from '../../gql/graphql'
import { pageVariables } from '../../ui/cursors'
import { CursorPager } from '../../ui/cursor-pager'
import { Failure } from '../../ui/failure'
import { Empty, Loading, Notice } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Ago } from '../../ui/time'
import { Updated } from '../../ui/updated'
import { useLiveQuery } from '../../ui/use-live-query'
import { IncidentList } from './incident-list'
import { bySeverity, codesOf, lastResolution } from './incident-words'
import { IncidentsFilters } from './incidents-filters'
import { OpenIncidentsDocument, ResolvedIncidentsDocument } from './incidents-query'
import type { IncidentsSearch } from './incidents-search'

const route = getRouteApi('/operator/incidents')
const pageSize = 20

/** The incidents of all tenants: the open ones by severity, then the resolved ones. */
export function IncidentsPage(): ReactNode {
  const search = route.useSearch()
  const filter = { code: (search.code ?? null) as ExportIncidentCode | null, tenantId: search.affects ?? null }
  const open = useLiveQuery({ query: OpenIncidentsDocument, variables: filter })
  const resolved = useLiveQuery({
    query: ResolvedIncidentsDocument,
    variables: { ...pageVariables(search, pageSize), ...filter },
  })
  const openOnes = open.data?.exportIncidents.edges.map(({ node }) => node) ?? []
  const resolvedOnes = resolved.data?.exportIncidents.edges.map(({ node }) => node) ?? []
  // A platform without any incident needs to read that once.
  const isEmpty = search.status === undefined && open.data !== undefined && openOnes.length + resolvedOnes.length === 0
  return (
    <Page
      title="Incidents"
      lead="An incident is one cause of failures, over all tenants. It ends when everything that it affected is delivered."
      actions={<Updated query={open} />}
    >
      <IncidentsFilters codes={codesOf([...openOnes, ...resolvedOnes], search.code)} />
      {search.status !== 'resolved' && (
        <Section title="Open">
          {open.error && <Failure error={open.error} what="The open incidents can't be read" onRetry={open.refresh} />}
          {!open.data && open.isWaiting && <Loading what="Loading the open incidents" />}
          {open.data && openOnes.length === 0 && (
            <NoneOpen search={search} last={lastResolution(resolvedOnes)} isKnown={resolved.data !== undefined} />
          )}
          <IncidentList label="Open incidents, the most severe first" incidents={bySeverity(openOnes)} />
          {open.data?.exportIncidents.pageInfo.hasNextPage && (
            <Notice tone="warn" title="More than 100 incidents are open.">
              Only the newest 100 are listed. Filter them by code or tenant to see the others.
            </Notice>
          )}
        </Section>
      )}
      {search.status !== 'open' && !isEmpty && (
        <Section title="Resolved">
          {resolved.error && (
            <Failure error={resolved.error} what="The resolved incidents can't be read" onRetry={resolved.refresh} />
          )}
          {!resolved.data && resolved.isWaiting && <Loading what="Loading the resolved incidents" />}
          {resolved.data && resolvedOnes.length === 0 && (
            <Empty title="No incident is resolved.">An incident moves here when its cause has ended.</Empty>
          )}
          <IncidentList label="Resolved incidents, newest first" incidents={resolvedOnes} />
          {resolved.data && resolvedOnes.length > 0 && (
            <CursorPager what="resolved incidents" cursors={search} pageInfo={resolved.data.exportIncidents.pageInfo}>
              {counted(resolvedOnes.length, 'incident')}
            </CursorPager>
          )}
        </Section>
      )}
    </Page>
  )
}

interface NoneOpenProps {
  readonly search: IncidentsSearch
  /** When the last incident was resolved. */
  readonly last: string | undefined
  /** Whether the resolved incidents are loaded. */
  readonly isKnown: boolean
}

function NoneOpen({ search: { code, affects, after, before }, last, isKnown }: NoneOpenProps): ReactNode {
  if (code !== undefined || affects !== undefined) {
    return <Empty title="No open incident matches the filters." />
  }
  const isFirstPage = after === undefined && before === undefined
  return (
    <Empty title="No incident is open. All exports are well.">
      {isFirstPage && last !== undefined && (
        <>
          The last incident was resolved <Ago value={last} />.
        </>
      )}
      {isFirstPage && isKnown && last === undefined && 'There has been no incident so far.'} Tidemark opens one when
      files are late, a run fails, or a process does not respond.
    </Empty>
  )
}
