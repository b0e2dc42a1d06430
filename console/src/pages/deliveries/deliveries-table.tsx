import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { formatBytes, formatNumber } from '../../format/numbers'
import type { DeliveryLineFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Time } from '../../ui/time'
import styles from './deliveries.module.css'
import { FetchBadge } from './fetch-badge'
import { loadWords, windowWords } from './delivery-words'

const columns: readonly TableColumn<DeliveryLineFragment>[] = [
  { id: 'file', title: 'File', cell: (delivery) => <FileName delivery={delivery} /> },
  { id: 'load', title: 'Content', cell: (delivery) => <FileContent delivery={delivery} /> },
  { id: 'rows', title: 'Rows', isNumber: true, cell: ({ rows }) => formatNumber(rows) },
  { id: 'bytes', title: 'Size', isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
  { id: 'published', title: 'Published', cell: ({ publishedAt }) => <Time value={publishedAt} /> },
]

const fetched: TableColumn<DeliveryLineFragment> = {
  id: 'fetched',
  title: 'Fetched',
  cell: (delivery) => <FetchBadge delivery={delivery} />,
}

/** Whether files were fetched is shown only if the SFTP server reports it. */
export function DeliveriesTable({ deliveries }: { readonly deliveries: readonly DeliveryLineFragment[] }): ReactNode {
  const isKnown = deliveries.some(({ fetchState }) => fetchState != null)
  return (
    <DataTable
      label="Deliveries, newest first"
      columns={isKnown ? [...columns, fetched] : columns}
      rows={deliveries}
      keyOf={({ id }) => id}
    />
  )
}

interface CellProps {
  readonly delivery: DeliveryLineFragment
}

function FileName({ delivery: { id, entity, internalName, sequence, revision } }: CellProps): ReactNode {
  return (
    <span className={styles['stack']}>
      <Link to="/deliveries/$deliveryId" params={{ deliveryId: id }}>
        {entity?.displayName ?? internalName}
      </Link>
      <span className={styles['muted']}>
        Number {sequence}
        {revision > 1 && `, revision ${revision}`}
      </span>
    </span>
  )
}

function FileContent({ delivery }: CellProps): ReactNode {
  return (
    <span className={styles['stack']}>
      <span>{windowWords(delivery.window)}</span>
      <span className={styles['muted']}>{loadWords(delivery)}</span>
      {delivery.redelivered && (
        <span>
          <Badge tone="neutral">Redelivered</Badge>
        </span>
      )}
      {delivery.removedAt != null && (
        <span>
          <Badge tone="neutral">Removed from the server</Badge>
        </span>
      )}
    </span>
  )
}
