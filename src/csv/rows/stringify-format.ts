import type { Column } from '../../domain/entity.js'
import { rowsOf } from '../../domain/rows.js'
import type { CsvDialect } from '../csv-dialect.js'
import { stringifyRows } from '../stringify-rows.js'
import { valueFormat } from '../value-format.js'
import type { NoteIrregular, RowFormat } from './types.js'

/** How Postgres prints the values that are like the type of their column. */
const regularForms: Partial<Record<Column['type'], RegExp>> = {
  number: /^-?\d/,
  datetime: /^.{10} .{5,}\+00$/,
  timestamp: /^.{10} .{7,}\d$/,
  date: /^.{10}$/,
  time: /^(?!24)./,
}

/** csv-stringify is fastest on about this many rows at a time; with ten thousand a row takes three times as long. */
const rowsAtOnce = 100

/** The format in every dialect, by csv-stringify. */
export function stringifyFormat(columns: readonly Column[], dialect: CsvDialect, note: NoteIrregular): RowFormat {
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
    return Buffer.from(starts.map((start) => stringifyRows(rows.slice(start, start + rowsAtOnce), dialect)).join(''))
  }
}
