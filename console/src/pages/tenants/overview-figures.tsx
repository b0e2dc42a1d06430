import type { ReactNode } from 'react'
import { counted, formatBytes, formatNumber, formatShort } from '../../format/numbers'
import type { OverviewOfAllQuery } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Failure } from '../../ui/failure'
import { FigureLink, Figures } from '../../ui/figures'
import { Loading } from '../../ui/notice'
import { Ago, Elapsed } from '../../ui/time'
import { useLiveQuery } from '../../ui/use-live-query'
import { aliveWords } from './tenant-words'
import { OverviewOfAllDocument } from './tenants-query'
import styles from './tenants.module.css'

type Overview = OverviewOfAllQuery['exportOverview']

/** How all exports are, in a few numbers. Each leads to what it counts. */
export function OverviewFigures(): ReactNode {
  const query = useLiveQuery({ query: OverviewOfAllDocument, variables: {} })
  const overview = query.data?.exportOverview
  return (
    <>
      {query.error && <Failure error={query.error} what="The overview can't be read" onRetry={query.refresh} />}
      {!overview && query.isWaiting && <Loading what="Loading the overview" />}
      {overview && <TenantFigures overview={overview} />}
      {overview && <Processes overview={overview} />}
    </>
  )
}

const here = { tenant: undefined } as const

function TenantFigures({ overview }: { readonly overview: Overview }): ReactNode {
  const { overdueTenants, failingTenants, pausedTenants, runningRuns, queuedRuns, oldestUnpublishedWindow } = overview
  return (
    <Figures label="All exports now">
      <IncidentsFigure overview={overview} />
      <FigureLink
        label="Overdue"
        value={formatNumber(overdueTenants)}
        tone={overdueTenants > 0 ? 'bad' : 'neutral'}
        note={
          overdueTenants > 0 && oldestUnpublishedWindow != null ? (
            <>
              oldest due <Ago value={oldestUnpublishedWindow} />
            </>
          ) : (
            `of ${counted(overview.tenants, 'tenant')}`
          )
        }
        to="/operator"
        search={{ ...here, state: 'overdue', sort: 'overdue' }}
      />
      <FigureLink
        label="Failing"
        value={formatNumber(failingTenants)}
        tone={failingTenants > 0 ? 'bad' : 'neutral'}
        note="since the last success"
        to="/operator"
        search={{ ...here, state: 'failing', sort: 'failing' }}
      />
      <FigureLink
        label="Paused"
        value={formatNumber(pausedTenants)}
        note={`${formatNumber(overview.activeTenants)} active`}
        to="/operator"
        search={{ ...here, state: 'paused' }}
      />
      <FigureLink
        label="Running now"
        value={formatNumber(runningRuns)}
        tone={runningRuns > 0 ? 'busy' : 'neutral'}
        note={`${formatNumber(queuedRuns)} queued`}
        to="/operator"
        search={{ ...here, state: 'running' }}
      />
      <FigureLink
        label="Files in 24 hours"
        value={formatShort(overview.deliveredFiles)}
        note={`${formatShort(overview.deliveredRows)} rows, ${formatBytes(overview.deliveredBytes)}`}
        to="/operator"
        search={{ ...here, sort: 'largest' }}
      />
    </Figures>
  )
}

function IncidentsFigure({ overview }: { readonly overview: Overview }): ReactNode {
  const { criticalIncidents, warningIncidents } = overview
  return (
    <FigureLink
      label="Open incidents"
      value={formatNumber(criticalIncidents + warningIncidents)}
      tone={criticalIncidents > 0 ? 'bad' : warningIncidents > 0 ? 'warn' : 'neutral'}
      note={criticalIncidents > 0 ? `${formatNumber(criticalIncidents)} critical` : 'none critical'}
      to="/operator/incidents"
      search={here}
    />
  )
}

type Process = Overview['processes'][number]

const columns: readonly TableColumn<Process>[] = [
  { id: 'kind', title: 'Process', cell: ({ kind }) => (kind === 'API' ? 'API' : 'Worker') },
  { id: 'state', title: 'State', cell: ({ isAlive }) => <ProcessState isAlive={isAlive} /> },
  { id: 'seen', title: 'Last heartbeat', cell: ({ seenAt }) => <Ago value={seenAt} /> },
  { id: 'host', title: 'Host', cell: ({ host, pid }) => <bdi>{`${host}, process ${pid}`}</bdi> },
  { id: 'version', title: 'Release', cell: ({ version }) => version },
  { id: 'started', title: 'Started', cell: ({ startedAt }) => <Ago value={startedAt} /> },
  { id: 'clock', title: 'Clock ahead', isNumber: true, cell: ({ clockSkewMs }) => `${formatNumber(clockSkewMs)} ms` },
]

function ProcessState({ isAlive }: { readonly isAlive: boolean }): ReactNode {
  return <Badge tone={isAlive ? 'good' : 'bad'}>{isAlive ? 'Responds' : 'Does not respond'}</Badge>
}

/** The processes in one line. The line opens to their table. */
function Processes({ overview: { processes, oldestUnpostedMessage } }: { readonly overview: Overview }): ReactNode {
  const isWell = processes.every(({ isAlive }) => isAlive) && processes.length > 0
  return (
    <details className={styles['processes']}>
      <summary>
        <Badge tone={isWell ? 'good' : 'bad'}>{isWell ? 'All processes respond' : 'Processes do not respond'}</Badge>{' '}
        {aliveWords(processes, 'API')}, {aliveWords(processes, 'WORKER')}
        {oldestUnpostedMessage != null && (
          <>
            . An alert has waited for the webhook for <Elapsed since={oldestUnpostedMessage} />
          </>
        )}
      </summary>
      <DataTable label="Processes" columns={columns} rows={processes} keyOf={({ id }) => id} />
    </details>
  )
}
