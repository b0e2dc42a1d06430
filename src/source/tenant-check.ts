import { ExportError } from '../domain/errors.js'
import { dataRow, type RowBlock } from '../domain/rows.js'

/**
 * Holds each row to the tenant that was asked for, though the query has asked for no other: a column that compares
 * without regard to case, or a view, can give more than it was asked. `position` is that of the tenant's value in a row.
 */
export function tenantCheck(tenantId: string, position: number): (block: RowBlock) => void {
  const expected = Buffer.from(tenantId)
  return ({ messages, rows }) => {
    let from = 0
    for (let row = 0; row < rows; row++) {
      if (!isValue(messages, valueAt(messages, from, position), expected)) {
        throw new ExportError(
          'SOURCE_FOREIGN_ROW',
          `The source gave a row of another tenant than ${tenantId}. Nothing was published. Does the tenant column compare exactly?`,
        )
      }
      from += 1 + messages.readInt32BE(from + 1)
    }
  }
}

/** Where the length of that value is, in the message that begins at `from`. */
function valueAt(messages: Buffer, from: number, position: number): number {
  let at = from + dataRow.headerBytes
  for (let value = 0; value < position; value++) {
    at += dataRow.lengthBytes + Math.max(0, messages.readInt32BE(at))
  }
  return at
}

/** Byte by byte: for so few of them Buffer's own comparison takes longer. */
function isValue(messages: Buffer, at: number, expected: Buffer): boolean {
  if (messages.readInt32BE(at) !== expected.length) return false
  const start = at + dataRow.lengthBytes
  for (let index = 0; index < expected.length; index++) {
    if (messages[start + index] !== expected[index]) return false
  }
  return true
}
