import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { formatDuration } from '../../format/dates'
import { formatBytes, formatNumber } from '../../format/numbers'
import type { RunDetailFragment, RunEntityFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Empty } from '../../ui/notice'
import { Ago } from '../../ui/time'
import { loadWords, windowWords } from '../deliveries/delivery-words'
import { entityStatuses, nameOf, stepWords } from '../runs/run-words'
import { Remedy } from './remedy'
import { sortEntities } from './run-progress'
import styles from './run.module.css'

const columns: readonly TableColumn<RunEntityFragment>[] = [
  { id: 'entity', title: 'Entity', cell: (entity) => <EntityName entity={entity} /> },
  { id: 'status', title: 'Status', cell: (entity) => <EntityState entity={entity} /> },
  { id: 'window', title: 'File', cell: (entity) => <EntityFile entity={entity} /> },
  { id: 'rows', title: 'Rows', isNumber: true, cell: (entity) => <Amount entity={entity} kind="rows" /> },
  { id: 'bytes', title: 'Size', isNumber: true, cell: (entity) => <Amount entity={entity} kind="bytes" /> },
  { id: 'attempts', title: 'Attempts', isNumber: true, cell: ({ attempts }) => formatNumber(attempts) },
  { id: 'duration', title: 'Duration', isNumber: true, cell: durationOf },
]

export function RunEntities({ run }: { readonly run: RunDetailFragment }): ReactNode {
  if (run.entities.length === 0) {
    return (
      <Empty title="The run is not planned yet.">When it begins, Tidemark decides here which files it makes.</Empty>
    )
  }
  return (
    <DataTable
      label="Entities of the run"
      columns={columns}
      rows={sortEntities(run.entities)}
      keyOf={({ internalName, window }) => `${internalName} ${window.to}`}
    />
  )
}

function EntityName({ entity }: { readonly entity: RunEntityFragment }): ReactNode {
  const name = nameOf(entity)
  return (
    <span className={styles['stack']}>
      <span>{name}</span>
      {entity.delivery && (
        <Link
          to="/deliveries/$deliveryId"
          params={{ deliveryId: entity.delivery.id }}
          aria-label={`Delivery of ${name}`}
          className={styles['small']}
        >
          Delivery
        </Link>
      )}
    </span>
  )
}

function EntityState({ entity }: { readonly entity: RunEntityFragment }): ReactNode {
  const { status, progress, error, waitingFor } = entity
  const { word, tone } = entityStatuses[status]
  const step = status === 'RUNNING' ? progress?.step : undefined
  const trouble = waitingFor ?? error
  return (
    <div className={styles['stack']}>
      <Badge tone={tone}>{word}</Badge>
      {step != null && <span className={styles['note']}>{stepWords[step]}</span>}
      {trouble && (
        <div className={styles['note']}>
          {waitingFor && (
            <>
              Waits since <Ago value={waitingFor.since} />:{' '}
            </>
          )}
          {trouble.message}
          <Remedy remedy={trouble.remedy} />
        </div>
      )}
    </div>
  )
}

function EntityFile({ entity: { mode, fullLoadReason, window } }: { readonly entity: RunEntityFragment }): ReactNode {
  return (
    <span className={styles['stack']}>
      <span>{loadWords({ mode, fullLoadReason })}</span>
      <span className={styles['note']}>{windowWords(window)}</span>
    </span>
  )
}

interface AmountProps {
  readonly entity: RunEntityFragment
  readonly kind: 'rows' | 'bytes'
}

/** The numbers of the file, or those that are written so far. */
function Amount({ entity: { delivery, progress, status }, kind }: AmountProps): ReactNode {
  const format = kind === 'rows' ? formatNumber : formatBytes
  if (delivery) return format(delivery[kind])
  if (!progress) return '–'
  if (status !== 'RUNNING') return '–'
  return (
    <span className={styles['soFar']}>
      {format(progress[kind])} <span className={styles['note']}>so far</span>
    </span>
  )
}

function durationOf({ startedAt, finishedAt }: RunEntityFragment): string {
  if (startedAt == null || finishedAt == null) return '–'
  return formatDuration(new Date(finishedAt).getTime() - new Date(startedAt).getTime())
}
