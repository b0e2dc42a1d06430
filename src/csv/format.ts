import { stringify } from 'csv-stringify/sync'
import type { Column } from '../domain/entity.js'
import { type RawRow, rowsOf } from '../domain/rows.js'
import type { BlockFormat } from './fast-format.js'
import type { NoteIrregular } from './irregular.js'

/** The dialect of a file. What is left out is as in RFC 4180. */
export interface CsvOptions {
  readonly lineEnd: '\n' | '\r\n'
  /** One character; a comma by default. */
  readonly delimiter?: string
  /** Quotes around every value that is not NULL, rather than only where they are needed. */
  readonly quoteAll?: boolean
  /** Puts an apostrophe before what a spreadsheet would take for a formula, and before what looks as if it had one. */
  readonly escapeFormulas?: boolean
}

/** Whether the fast format can do it. */
export function isPlain({ delimiter = ',', quoteAll = false, escapeFormulas = false }: CsvOptions): boolean {
  return delimiter === ',' && !quoteAll && !escapeFormulas
}

type ValueFormat = (value: string) => string

/** How Postgres prints values that the type of the file has, too. */
const regularForms: Partial<Record<Column['type'], RegExp>> = {
  number: /^-?\d/,
  datetime: /^.{10} .{5,}\+00$/,
  timestamp: /^.{10} .{7,}\d$/,
  date: /^.{10}$/,
  time: /^(?!24)./,
}

/** csv-stringify is fastest on about this many rows at a time; ten thousand take thrice as long per row. */
const rowsAtOnce = 100

/**
 * Beyond what csv-stringify quotes by itself: the empty string, for NULL is an empty field; `\.`, which ends data for
 * COPY; and line breaks of the other kind than the file's.
 */
const alsoQuoted = /^(?:\\\.)?$|[\r\n]/

/** The format in every dialect, by csv-stringify. */
export function stringifyFormat(
  columns: readonly Column[],
  options: CsvOptions,
  note: NoteIrregular = () => {},
): BlockFormat {
  const format = valueFormat(columns)
  const watched = columns.flatMap(({ name, type }, index) => {
    const form = regularForms[type]
    return form ? [{ name, index, form }] : []
  })
  return (block) => {
    const raw = rowsOf(block, columns.length)
    for (const { name, index, form } of watched) {
      if (raw.some((row) => typeof row[index] === 'string' && !form.test(row[index]))) note(name)
    }
    const rows = raw.map(format)
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

/** Looks like an escaped value: csv-stringify, which escapes formulas, leaves it as it is. */
const looksEscaped = /^'+[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/

/** With one more apostrophe, so that whoever takes one off gets the value. */
function withApostrophe(value: string | null): string | null {
  return value !== null && looksEscaped.test(value) ? `'${value}` : value
}

function toCsv(rows: RawRow[], { lineEnd, delimiter = ',', quoteAll = false, escapeFormulas = false }: CsvOptions) {
  return stringify(escapeFormulas ? rows.map((row) => row.map(withApostrophe)) : rows, {
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
  timestamp: (value) => (/\d$/.test(value) ? value.replace(' ', 'T') : value),
}
