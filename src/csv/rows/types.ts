import type { RowBlock } from '../../domain/rows.js'

/** Is called with each column that has a value unlike its type: `infinity`, `NaN`, a year before 1 or after 9999. */
export type NoteIrregular = (column: string) => void

/** Turns a block of rows into lines of CSV. The bytes are good until the next call. */
export type RowFormat = (block: RowBlock) => Buffer
