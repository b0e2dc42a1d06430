import type { Column } from '../domain/entity.js'
import type { RawRow } from '../domain/rows.js'

type ValueFormat = (value: string) => string

/** The types whose text in a file differs from Postgres' text. All others stay as Postgres prints them. */
const valueFormats: Partial<Record<Column['type'], ValueFormat>> = {
  boolean: (value) => (value === 't' ? 'true' : value === 'f' ? 'false' : value),
  // `infinity` and years before Christ do not end so. ISO 8601 has no form of them that all readers understand.
  datetime: (value) => (value.endsWith('+00') ? `${value.slice(0, -3).replace(' ', 'T')}Z` : value),
  timestamp: (value) => (/\d$/.test(value) ? value.replace(' ', 'T') : value),
}

/** How the values of a row look in a file, apart from quotes. */
export function valueFormat(columns: readonly Column[]): (row: RawRow) => RawRow {
  const formats = columns.flatMap((column, index) => {
    const format = valueFormats[column.type]
    return format ? [{ index, format }] : []
  })
  return formats.length === 0 ? (row) => row : (row) => formatRow(row, formats)
}

function formatRow(row: RawRow, formats: readonly { index: number; format: ValueFormat }[]): RawRow {
  const formatted = row.slice()
  for (const { index, format } of formats) {
    const value = formatted[index]
    if (typeof value === 'string') formatted[index] = format(value)
  }
  return formatted
}
