import { ExportError } from '../domain/errors.js'
import { dataRow, type RowBlock } from '../domain/rows.js'

/**
 * Checks that each row is the tenant's. The query selects only that tenant, but a view or a column with a case-insensitive
 * collation can return other rows. The tenant is the last value of a row.
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
          `The source returned a row of another tenant than ${tenantId}. Nothing was published. Use a tenant column that compares exactly.`,
        )
      }
    }
  }
}

/** Its length and its text. No other row ends in the same way: the length begins with a zero byte, which no text contains. */
function lastValue(text: string): Buffer {
  const value = Buffer.from(text)
  const length = Buffer.alloc(dataRow.lengthBytes)
  length.writeInt32BE(value.length)
  return Buffer.concat([length, value])
}

/** Compares byte by byte, which is faster than Buffer's comparison for a few bytes. */
function endsWith(messages: Buffer, end: number, ending: Buffer): boolean {
  const start = end - ending.length
  for (let index = 0; index < ending.length; index++) {
    if (messages[start + index] !== ending[index]) return false
  }
  return true
}
