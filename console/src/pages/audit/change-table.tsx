import type { ReactNode } from 'react'
import { DataTable, type TableColumn } from '../../ui/data-table'
import type { JsonChange } from './json-diff'
import styles from './audit.module.css'

interface ChangeTableProps {
  readonly changes: readonly JsonChange[]
  readonly hasBefore: boolean
  readonly hasAfter: boolean
}

const name: TableColumn<JsonChange> = { id: 'path', title: 'Value', cell: ({ path }) => <code>{path}</code> }
const before: TableColumn<JsonChange> = {
  id: 'before',
  title: 'Before',
  cell: (change) => <Value text={change.before} look="removed" />,
}
const after: TableColumn<JsonChange> = {
  id: 'after',
  title: 'After',
  cell: (change) => <Value text={change.after} look="added" />,
}

/** The values that an event changed. They are shown as text, whatever they contain. */
export function ChangeTable({ changes, hasBefore, hasAfter }: ChangeTableProps): ReactNode {
  const columns = [name, ...(hasBefore ? [before] : []), ...(hasAfter ? [after] : [])]
  return <DataTable label="Changed values" columns={columns} rows={changes} keyOf={({ path }) => path} />
}

function Value({ text, look }: { readonly text: string | undefined; readonly look: 'added' | 'removed' }): ReactNode {
  if (text === undefined) return <span className={styles['note']}>–</span>
  return <bdi className={`${styles['value']} ${styles[look]}`}>{text === '' ? '(empty)' : text}</bdi>
}
