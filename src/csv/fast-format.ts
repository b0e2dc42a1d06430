import type { Column, ColumnType } from '../domain/entity.js'
import { dataRow, type RowBlock } from '../domain/rows.js'

/**
 * Rows as lines of a file: their bytes, which end with a line end, are good until the next call. Two ways to make them
 * give the same bytes: this one, without a string or an object for any value, and csv-stringify's.
 */
export type BlockFormat = (block: RowBlock) => Buffer

const [comma, quote, lineFeed, carriageReturn, blank] = [0x2c, 0x22, 0x0a, 0x0d, 0x20]
const [backslash, dot, plus, zero] = [0x5c, 0x2e, 0x2b, 0x30]
const [smallT, bigT, bigZ] = [0x74, 0x54, 0x5a]
const [trueText, falseText] = [Buffer.from('true'), Buffer.from('false')]

/** By byte: whether a value that has it must be quoted. None of them is part of another sign in UTF-8. */
const mustBeQuoted = new Uint8Array(256)
for (const sign of [comma, quote, lineFeed, carriageReturn]) mustBeQuoted[sign] = 1
/** All of them are below it. */
const aboveAllQuoted = 45

/** Writes the value that lies in `input` from `from` to `end` to `output` at `to`. Gives where the next one goes. */
type WriteValue = (input: Buffer, from: number, end: number, output: Buffer, to: number) => number

/** The format of files with commas and no more quotes than needed. */
export function fastFormat(columns: readonly Column[], lineEnd: '\n' | '\r\n'): BlockFormat {
  const writers = columns.map(({ type }) => writerOf(type))
  let output = Buffer.alloc(0)
  return ({ messages, rows }) => {
    // A value of n bytes takes n + 4 in its message, and 2n + 3 in the file at most, with its quotes and comma.
    if (output.length < 2 * messages.length) output = Buffer.allocUnsafeSlow(2 * messages.length)
    return output.subarray(0, writeRows(messages, rows, output, writers, lineEnd === '\r\n'))
  }
}

function writerOf(type: ColumnType): WriteValue {
  return type === 'boolean' ? writeBoolean : type === 'datetime' ? writeTime : writeText
}

function writeRows(input: Buffer, rows: number, output: Buffer, writers: readonly WriteValue[], crlf: boolean): number {
  let from = 0
  let to = 0
  for (let row = 0; row < rows; row += 1) {
    from += dataRow.headerBytes
    for (let column = 0; column < writers.length; column += 1) {
      if (column > 0) output[to++] = comma
      const length = lengthAt(input, from)
      from += dataRow.lengthBytes
      // NULL is nothing at all.
      if (length < 0) continue
      to = (writers[column] as WriteValue)(input, from, from + length, output, to)
      from += length
    }
    if (crlf) output[to++] = carriageReturn
    output[to++] = lineFeed
  }
  return to
}

/** As `readInt32BE`, which checks its bounds each time. */
function lengthAt(input: Buffer, at: number): number {
  return (byte(input, at) << 24) | (byte(input, at + 1) << 16) | (byte(input, at + 2) << 8) | byte(input, at + 3)
}

function byte(input: Buffer, at: number): number {
  return input[at] as number
}

const writeBoolean: WriteValue = (input, from, _end, output, to) => {
  const text = input[from] === smallT ? trueText : falseText
  for (let index = 0; index < text.length; index += 1) output[to++] = byte(text, index)
  return to
}

/** `infinity` and years before Christ do not end in `+00`, and have no form in ISO 8601 that all would understand. */
const writeTime: WriteValue = (input, from, end, output, to) => {
  const inUtc = input[end - 1] === zero && input[end - 2] === zero && input[end - 3] === plus
  if (!inUtc) return writeText(input, from, end, output, to)
  for (let position = from; position < end - 3; position += 1) {
    const sign = byte(input, position)
    output[to++] = sign === blank ? bigT : sign
  }
  output[to++] = bigZ
  return to
}

const writeText: WriteValue = (input, from, end, output, start) => {
  if (from === end || isEndOfData(input, from, end)) return writeQuoted(input, from, end, output, start)
  let to = start
  for (let position = from; position < end; position += 1) {
    const sign = byte(input, position)
    if (sign < aboveAllQuoted && mustBeQuoted[sign] === 1) return writeQuoted(input, from, end, output, start)
    output[to++] = sign
  }
  return to
}

const writeQuoted: WriteValue = (input, from, end, output, to) => {
  output[to++] = quote
  for (let position = from; position < end; position += 1) {
    const sign = byte(input, position)
    if (sign === quote) output[to++] = quote
    output[to++] = sign
  }
  output[to++] = quote
  return to
}

/** A lone `\.`, at which COPY would stop. */
function isEndOfData(input: Buffer, from: number, end: number): boolean {
  return end - from === 2 && input[from] === backslash && input[from + 1] === dot
}
