import type { ReactNode } from 'react'
import styles from './data-table.module.css'

export interface TableColumn<Row> {
  readonly id: string
  readonly title: string
  /** Numbers are on the right. */
  readonly isNumber?: boolean
  readonly cell: (row: Row) => ReactNode
}

interface DataTableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string
  readonly columns: readonly TableColumn<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}

/** A table to read. The first column names the row. On narrow screens each row becomes a card. */
export function DataTable<Row>({ label, columns, rows, keyOf }: DataTableProps<Row>): ReactNode {
  return (
    <section className={styles['frame']} aria-label={label} tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            {columns.map(({ id, title, isNumber }) => (
              <th key={id} scope="col" className={isNumber ? styles['number'] : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column, index) => (
                <TableCell key={column.id} column={column} row={row} isHeader={index === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface TableCellProps<Row> {
  readonly column: TableColumn<Row>
  readonly row: Row
  readonly isHeader: boolean
}

function TableCell<Row>({ column, row, isHeader }: TableCellProps<Row>): ReactNode {
  const shared = {
    'data-title': column.title,
    className: column.isNumber ? styles['number'] : undefined,
  }
  const content = column.cell(row)
  return isHeader ? (
    <th scope="row" {...shared}>
      {content}
    </th>
  ) : (
    <td {...shared}>{content}</td>
  )
}
