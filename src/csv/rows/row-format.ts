import type { Column } from '../../domain/entity.js'
import type { CsvDialect } from '../csv-dialect.js'
import { stringifyFormat } from './stringify-format.js'
import type { NoteIrregular, RowFormat } from './types.js'
import { wasmFormat } from './wasm-format.js'

export type { NoteIrregular, RowFormat } from './types.js'

/** The format of rows in a dialect: in WebAssembly for commas and no more quotes than needed, else by csv-stringify. */
export function rowFormat(columns: readonly Column[], dialect: CsvDialect, note: NoteIrregular = () => {}): RowFormat {
  return isPlain(dialect) ? wasmFormat(columns, dialect.lineEnd, note) : stringifyFormat(columns, dialect, note)
}

function isPlain({ delimiter = ',', quoteAll = false, escapeFormulas = false }: CsvDialect): boolean {
  return delimiter === ',' && !quoteAll && !escapeFormulas
}
