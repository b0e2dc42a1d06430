import { stringify } from 'csv-stringify/sync'
import type { Column } from '../domain/entity.js'
import type { CsvOptions, RawRow } from './csv-file.js'

type ValueFormat = (value: string) => string

/** Turns rows into lines, each with its line end. */
export type RowFormat = (rows: RawRow[]) => string

/**
 * Beyond what csv-stringify quotes by itself: the empty string, for NULL is an empty field; `\.`, which ends data for
 * COPY; and line breaks of the other kind than the file's.
 */
const alsoQuoted = /^(?:\\\.)?$|[\r\n]/

/** The format of RFC 4180 for rows that came from Postgres in text. */
export function rowFormat(columns: readonly Column[], options: CsvOptions): RowFormat {
  const format = valueFormat(columns)
  return (rows) => toCsv(rows.map(format), options)
}

/** How the values of a row look in a file, apart from quotes. */
export function valueFormat(columns: readonly Column[]): (row: RawRow) => RawRow {
  const formats = columns.flatMap((column, index) => {
    const format = valueFormats[column.type]
    return format ? [{ index, format }] : []
  })
  return formats.length === 0 ? (row) => row : (row) => formatRow(row, formats)
}

/** The header row with its line end. */
export function headerLine(columns: readonly Column[], options: CsvOptions): string {
  return toCsv([columns.map((column) => column.name)], options)
}

function toCsv(rows: RawRow[], { lineEnd }: CsvOptions): string {
  return stringify(rows, { record_delimiter: lineEnd, quoted_match: alsoQuoted })
}

function formatRow(row: RawRow, formats: readonly { index: number; format: ValueFormat }[]): RawRow {
  const formatted = row.slice()
  for (const { index, format } of formats) {
    const value = formatted[index]
    if (typeof value === 'string') formatted[index] = format(value)
  }
  return formatted
}

/** The types whose text is another in a file than in Postgres; all others stay as Postgres prints them. */
const valueFormats: Partial<Record<Column['type'], ValueFormat>> = {
  boolean: (value) => (value === 't' ? 'true' : value === 'f' ? 'false' : value),
  // `infinity` and years before Christ do not end so, and have no form in ISO 8601 that all would understand.
  datetime: (value) => (value.endsWith('+00') ? `${value.slice(0, -3).replace(' ', 'T')}Z` : value),
}
