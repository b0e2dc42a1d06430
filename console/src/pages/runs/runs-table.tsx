import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { formatDuration } from '../../format/dates'
import { formatBytes, formatNumber } from '../../format/numbers'
import type { RunLineFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Ago, Time, useNow } from '../../ui/time'
import { isUnfinished, originOf, runStatuses, troubleOf } from './run-words'
import styles from './runs.module.css'

const columns: readonly TableColumn<RunLineFragment>[] = [
  { id: 'run', title: 'Run', cell: (run) => <RunName run={run} /> },
  { id: 'status', title: 'Status', cell: (run) => <RunState run={run} /> },
  { id: 'entities', title: 'Entities', isNumber: true, cell: ({ progress }) => entitiesWords(progress) },
  { id: 'rows', title: 'Rows', isNumber: true, cell: ({ progress }) => formatNumber(progress.rows) },
  { id: 'bytes', title: 'Size', isNumber: true, cell: ({ progress }) => formatBytes(progress.bytes) },
  { id: 'duration', title: 'Duration', isNumber: true, cell: (run) => <RunDuration run={run} /> },
]

export function RunsTable({ runs }: { readonly runs: readonly RunLineFragment[] }): ReactNode {
  return <DataTable label="Runs, newest first" columns={columns} rows={runs} keyOf={({ id }) => id} />
}

function RunName({ run }: { readonly run: RunLineFragment }): ReactNode {
  return (
    <span className={styles['stack']}>
      <Link to="/runs/$runId" params={{ runId: run.id }}>
        <Time value={run.queuedAt} />
      </Link>
      <span className={styles['origin']}>
        <bdi>{originOf(run.trigger, run.requestedBy)}</bdi>, <Ago value={run.queuedAt} />
      </span>
    </span>
  )
}

function RunState({ run }: { readonly run: RunLineFragment }): ReactNode {
  const { word, tone } = runStatuses[run.status]
  const trouble = troubleOf(run)
  return (
    <span className={styles['stack']}>
      <span>
        <Badge tone={tone}>{word}</Badge>
      </span>
      {trouble !== undefined && (
        <span className={styles['trouble']} title={trouble}>
          {trouble}
        </span>
      )}
    </span>
  )
}

function entitiesWords({ entitiesDone, entitiesTotal }: RunLineFragment['progress']): string {
  return entitiesTotal === 0 ? '–' : `${entitiesDone} of ${entitiesTotal}`
}

interface Times {
  readonly status: RunLineFragment['status']
  readonly startedAt?: string | null
  readonly finishedAt?: string | null
}

/** How long a run took, or how long it takes already. */
export function RunDuration({ run: { status, startedAt, finishedAt } }: { readonly run: Times }): ReactNode {
  const now = useNow(isUnfinished(status) ? 1_000 : undefined)
  if (startedAt == null) return '–'
  const end = finishedAt == null ? now : new Date(finishedAt).getTime()
  const milliseconds = Math.max(0, end - new Date(startedAt).getTime())
  return formatDuration(finishedAt == null ? Math.floor(milliseconds / 1000) * 1000 : milliseconds)
}
