import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { formatBytes, formatNumber } from '../../format/numbers'
import type { EntityFreshnessFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Ago, Time } from '../../ui/time'
import { entityState, type State } from './freshness'
import styles from './overview.module.css'

interface Row {
  readonly entity: EntityFreshnessFragment
  readonly state: State
}

const columns: readonly TableColumn<Row>[] = [
  { id: 'entity', title: 'Entity', cell: ({ entity }) => <EntityLink entity={entity} /> },
  { id: 'state', title: 'State', cell: ({ state }) => <EntityState state={state} /> },
  { id: 'last', title: 'Last file', cell: ({ entity }) => <LastFile entity={entity} /> },
  {
    id: 'rows',
    title: 'Rows',
    isNumber: true,
    cell: ({ entity: { lastDelivery } }) => (lastDelivery ? formatNumber(lastDelivery.rows) : '–'),
  },
  {
    id: 'bytes',
    title: 'Size',
    isNumber: true,
    cell: ({ entity: { lastDelivery } }) => (lastDelivery ? formatBytes(lastDelivery.bytes) : '–'),
  },
  { id: 'next', title: 'Next file', cell: ({ entity }) => <Time value={entity.nextDeliveryAt} none="none planned" /> },
]

interface EntitiesTableProps {
  readonly entities: readonly EntityFreshnessFragment[]
  /** The last failure of each entity, by its internal name. */
  readonly failures: ReadonlyMap<string, string>
  readonly isPaused: boolean
}

export function EntitiesTable({ entities, failures, isPaused }: EntitiesTableProps): ReactNode {
  const rows = entities.map((entity) => ({
    entity,
    state: entityState(entity, failures.get(entity.entity.internalName), isPaused),
  }))
  return (
    <DataTable label="Entities and their last files" columns={columns} rows={rows} keyOf={({ entity }) => entity.id} />
  )
}

function EntityLink({ entity: { entity } }: Pick<Row, 'entity'>): ReactNode {
  return (
    <Link to="/deliveries" search={{ entity: entity.internalName }}>
      {entity.displayName}
    </Link>
  )
}

function EntityState({ state: { tone, word, reason } }: Pick<Row, 'state'>): ReactNode {
  return (
    <span className={styles['stack']}>
      <span>
        <Badge tone={tone}>{word}</Badge>
      </span>
      {reason !== undefined && <span className={styles['muted']}>{reason}</span>}
    </span>
  )
}

function LastFile({ entity: { lastDelivery } }: Pick<Row, 'entity'>): ReactNode {
  if (!lastDelivery) return 'none yet'
  return (
    <Link to="/deliveries/$deliveryId" params={{ deliveryId: lastDelivery.id }}>
      <Ago value={lastDelivery.publishedAt} />, {lastDelivery.mode === 'FULL' ? 'full load' : 'delta'}
    </Link>
  )
}
