import type { Column, ColumnType } from '../../domain/entity.js'
import type { NoteIrregular, RowFormat } from './types.js'
import { wasmBytes } from './wasm-bytes.js'

/** See assembly/write-rows.ts. */
type WriteRows = (input: number, rows: number, output: number, kinds: number, columns: number, crlf: boolean) => number

const compiled = new WebAssembly.Module(Buffer.from(wasmBytes, 'base64'))
const pageBytes = 65_536
/** The code reads and writes sixteen bytes at a time, also beyond the last one. */
const slack = 16

/** How a value is written. assembly/write-rows.ts has the same numbers. */
const kinds: Partial<Record<ColumnType, number>> = {
  boolean: 1,
  datetime: 2,
  date: 3,
  timestamp: 4,
  number: 5,
  time: 6,
}
/** The code sets this bit in the kind of a column once one of its values is unlike its type. */
const irregular = 0x80

/**
 * The format of files with commas and no more quotes than needed. It makes no string and no object for a value. Its memory
 * grows to three times the largest block.
 */
export function wasmFormat(columns: readonly Column[], lineEnd: '\n' | '\r\n', note: NoteIrregular): RowFormat {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { writeRows } = new WebAssembly.Instance(compiled, { env: { memory } }).exports as { writeRows: WriteRows }
  const input = columns.length
  growTo(memory, input)
  Buffer.from(memory.buffer).set(columns.map(({ type }) => kinds[type] ?? 0))
  return ({ messages, rows }) => {
    const output = input + messages.length + slack
    // A value of n bytes takes n + 4 in its message, and at most 2n + 3 in the file, with its quotes and comma.
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
