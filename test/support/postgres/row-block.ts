import type { RawRow, RowBlock } from '../../../src/domain/rows.js'

/** Rows as a server would send them. */
export function rowBlock(rows: readonly RawRow[]): RowBlock {
  return { messages: Buffer.concat(rows.map(message)), rows: rows.length }
}

function message(row: RawRow): Buffer {
  const count = Buffer.alloc(2)
  count.writeUInt16BE(row.length)
  const body = Buffer.concat([count, ...row.flatMap(value)])
  const head = Buffer.from('D....')
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

function value(text: string | null): Buffer[] {
  const length = Buffer.alloc(4)
  if (text === null) {
    length.writeInt32BE(-1)
    return [length]
  }
  const bytes = Buffer.from(text)
  length.writeInt32BE(bytes.length)
  return [length, bytes]
}
