/** The dialect of a file. Everything else is as in RFC 4180. */
export interface CsvDialect {
  readonly lineEnd: '\n' | '\r\n'
  /** One character; a comma by default. */
  readonly delimiter?: string
  /** Quotes around every value that is not NULL, rather than only where they are needed. */
  readonly quoteAll?: boolean
  /** Puts an apostrophe before each value that a spreadsheet would take for a formula, and before each that has one. */
  readonly escapeFormulas?: boolean
}
