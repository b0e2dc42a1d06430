import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import type { ExportIncidentCode, IncidentHistoryQuery } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { ButtonLink } from '../../ui/button-link'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Failure } from '../../ui/failure'
import { Loading } from '../../ui/notice'
import { Section } from '../../ui/page'
import { Time } from '../../ui/time'
import { extentWords, incidentState } from '../incidents/incident-words'
import { IncidentHistoryDocument } from './incident-query'

type Past = IncidentHistoryQuery['exportIncidents']['edges'][number]['node']

const columns: readonly TableColumn<Past>[] = [
  {
    id: 'opened',
    title: 'Opened',
    cell: ({ id, openedAt }) => (
      <Link to="/operator/incidents/$incidentId" params={{ incidentId: id }} search={{ tenant: undefined }}>
        <Time value={openedAt} />
      </Link>
    ),
  },
  { id: 'subject', title: 'About', cell: ({ subject }) => <bdi>{subject}</bdi> },
  { id: 'state', title: 'State', cell: (past) => <PastState past={past} /> },
  { id: 'resolved', title: 'Resolved', cell: ({ resolvedAt }) => <Time value={resolvedAt} none="–" /> },
  { id: 'extent', title: 'Affected', cell: (past) => extentWords(past) },
]

function PastState({ past }: { readonly past: Past }): ReactNode {
  const { word, tone } = incidentState(past)
  return <Badge tone={tone}>{word}</Badge>
}

interface IncidentHistoryProps {
  readonly code: ExportIncidentCode
  /** The incident that the page shows. */
  readonly id: string
}

/** The other incidents with the same code. */
export function IncidentHistory({ code, id }: IncidentHistoryProps): ReactNode {
  const [{ data, error, fetching }, refresh] = useQuery({ query: IncidentHistoryDocument, variables: { code } })
  const others = data?.exportIncidents.edges.map(({ node }) => node).filter((node) => node.id !== id)
  const all = (
    <ButtonLink small to="/operator/incidents" search={{ tenant: undefined, code }}>
      All with this code
    </ButtonLink>
  )
  return (
    <Section
      title="Other incidents with this code"
      {...(data?.exportIncidents.pageInfo.hasNextPage && { actions: all })}
    >
      {error && <Failure error={error} what="The other incidents can't be read" onRetry={() => refresh()} />}
      {!data && fetching && <Loading what="Loading the other incidents" />}
      {others?.length === 0 && <p>There has been no other incident with this code.</p>}
      {others && others.length > 0 && (
        <DataTable
          label="Other incidents with this code, newest first"
          columns={columns}
          rows={others}
          keyOf={(past) => past.id}
        />
      )}
    </Section>
  )
}
