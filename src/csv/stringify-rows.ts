import { stringify } from 'csv-stringify/sync'
import type { RawRow } from '../domain/rows.js'
import type { CsvDialect } from './csv-dialect.js'

/**
 * What needs quotes, apart from what csv-stringify quotes: the empty string, because NULL is an empty field; `\.`, which ends
 * data for COPY; and line breaks of the other kind than the file's.
 */
const alsoQuoted = /^(?:\\\.)?$|[\r\n]/

/** Looks like an escaped value. csv-stringify, which escapes formulas, leaves it as it is. */
const looksEscaped = /^'+[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/

/** Rows as lines of CSV, values as they are apart from quotes and formulas. */
export function stringifyRows(rows: RawRow[], dialect: CsvDialect): string {
  const { lineEnd, delimiter = ',', quoteAll = false, escapeFormulas = false } = dialect
  return stringify(escapeFormulas ? rows.map((row) => row.map(withApostrophe)) : rows, {
    record_delimiter: lineEnd,
    delimiter,
    // Not `quoted`, which would turn NULL into an empty string.
    quoted_match: quoteAll ? /^/ : alsoQuoted,
    escape_formulas: escapeFormulas,
  })
}

/** With one more apostrophe: a reader that removes one gets the value. */
function withApostrophe(value: string | null): string | null {
  return value !== null && looksEscaped.test(value) ? `'${value}` : value
}
