import { stringify } from 'csv-stringify/sync'
import type { Column } from '../domain/entity.js'
import { type RawRow, rowsOf } from '../domain/rows.js'
import type { BlockFormat } from './fast-format.js'

/** The dialect of a file. What is left out is as in RFC 4180. */
export interface CsvOptions {
  readonly lineEnd: '\n' | '\r\n'
  /** One character; a comma by default. */
  readonly delimiter?: string
  /** Quotes around every value that is not NULL, rather than only where they are needed. */
  readonly quoteAll?: boolean
  /** Puts an apostrophe before what a spreadsheet would take for a formula. */
  readonly escapeFormulas?: boolean
}

/** Whether the fast format can do it. */
export function isPlain({ delimiter = ',', quoteAll = false, escapeFormulas = false }: CsvOptions): boolean {
  return delimiter === ',' && !quoteAll && !escapeFormulas
}

type ValueFormat = (value: string) => string

/** csv-stringify is fastest on about this many rows at a time; ten thousand take thrice as long per row. */
const rowsAtOnce = 100

/**
 * Beyond what csv-stringify quotes by itself: the empty string, for NULL is an empty field; `\.`, which ends data for
 * COPY; and line breaks of the other kind than the file's.
 */
const alsoQuoted = /^(?:\\\.)?$|[\r\n]/

/** The format in every dialect, by csv-stringify. */
export function stringifyFormat(columns: readonly Column[], options: CsvOptions): BlockFormat {
  const format = valueFormat(columns)
  return (block) => {
    const rows = rowsOf(block, columns.length).map(format)
    const starts = Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, index) => index * rowsAtOnce)
    return Buffer.from(starts.map((start) => toCsv(rows.slice(start, start + rowsAtOnce), options)).join(''))
  }
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
export function headerLine(columns: readonly Column[], options: CsvOptions): Buffer {
  return Buffer.from(toCsv([columns.map((column) => column.name)], options))
}

function toCsv(rows: RawRow[], { lineEnd, delimiter = ',', quoteAll = false, escapeFormulas = false }: CsvOptions) {
  return stringify(rows, {
    record_delimiter: lineEnd,
    delimiter,
    // Not `quoted`, which would make of NULL an empty string.
    quoted_match: quoteAll ? /^/ : alsoQuoted,
    escape_formulas: escapeFormulas,
  })
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
