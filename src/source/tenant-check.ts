import { ExportError } from '../domain/errors.js'
import { dataRow, type RowBlock } from '../domain/rows.js'

/**
 * Holds each row to the tenant that was asked for, though the query has asked for no other: a column that compares
 * without regard to case, or a view, can give more than it was asked. The tenant is the last value of a row.
 */
export function tenantCheck(tenantId: string): (block: RowBlock) => void {
  const ending = lastValue(tenantId)
  return ({ messages, rows }) => {
    let end = 0
    for (let row = 0; row < rows; row++) {
      end += 1 + messages.readInt32BE(end + 1)
      if (!endsWith(messages, end, ending)) {
        throw new ExportError(
          'SOURCE_FOREIGN_ROW',
          `The source gave a row of another tenant than ${tenantId}. Nothing was published. Does the tenant column compare exactly?`,
        )
      }
    }
  }
}

/** Its length and its text. No other row ends so: the length begins with a zero byte, and no text of Postgres has one. */
function lastValue(text: string): Buffer {
  const value = Buffer.from(text)
  const length = Buffer.alloc(dataRow.lengthBytes)
  length.writeInt32BE(value.length)
  return Buffer.concat([length, value])
}

/** Byte by byte: for so few of them Buffer's own comparison takes longer. */
function endsWith(messages: Buffer, end: number, ending: Buffer): boolean {
  const start = end - ending.length
  for (let index = 0; index < ending.length; index++) {
    if (messages[start + index] !== ending[index]) return false
  }
  return true
}
