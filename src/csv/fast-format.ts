import type { Column, ColumnType } from '../domain/entity.js'
import type { RowBlock } from '../domain/rows.js'
import type { NoteIrregular } from './irregular.js'
import { rowFormatWasm } from './row-format-wasm.js'

/**
 * Rows as lines of a file: their bytes, which end with a line end, are good until the next call. Two ways to make them
 * give the same bytes: this one, without a string or an object for any value, and csv-stringify's.
 */
export type BlockFormat = (block: RowBlock) => Buffer

/** See scripts/wasm/row-format.ts. */
type WriteRows = (input: number, rows: number, output: number, kinds: number, columns: number, crlf: boolean) => number

const compiled = new WebAssembly.Module(Buffer.from(rowFormatWasm, 'base64'))
const pageBytes = 65_536
/** Bytes are read and written in sixteens, beyond the last one, too. */
const slack = 16

/** How a value is written: known to scripts/wasm/row-format.ts, too. */
const kinds: Partial<Record<ColumnType, number>> = {
  boolean: 1,
  datetime: 2,
  date: 3,
  timestamp: 4,
  number: 5,
  time: 6,
}
/** Set in the kind of a column once one of its values is not of the form of its type. */
const irregular = 0x80

/** The format of files with commas and no more quotes than needed. Its memory grows to thrice the largest block. */
export function fastFormat(
  columns: readonly Column[],
  lineEnd: '\n' | '\r\n',
  note: NoteIrregular = () => {},
): BlockFormat {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { writeRows } = new WebAssembly.Instance(compiled, { env: { memory } }).exports as { writeRows: WriteRows }
  const input = columns.length
  growTo(memory, input)
  Buffer.from(memory.buffer).set(columns.map(({ type }) => kinds[type] ?? 0))
  return ({ messages, rows }) => {
    const output = input + messages.length + slack
    // A value of n bytes takes n + 4 in its message, and 2n + 3 in the file at most, with its quotes and comma.
    growTo(memory, output + 2 * messages.length + slack)
    const bytes = Buffer.from(memory.buffer)
    bytes.set(messages, input)
    const end = writeRows(input, rows, output, 0, columns.length, lineEnd === '\r\n')
    for (const [index, { name }] of columns.entries()) if (((bytes[index] ?? 0) & irregular) !== 0) note(name)
    return bytes.subarray(output, end)
  }
}

function growTo(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes))
}
