/** The forms of rows from Postgres: text, and bytes for as long as no code needs the values. */

/** A row as Postgres prints it in text, in the order of the catalog's columns; NULL is null. */
export type RawRow = (string | null)[]

/** Rows as Postgres sends them: whole DataRow messages of its protocol (version 3), one after the other. */
export interface RowBlock {
  readonly messages: Buffer
  /** How many of them there are. */
  readonly rows: number
}

/**
 * A DataRow message: `D`, its length (4 bytes, without the `D`), the number of values (2 bytes), and for each value its
 * length in bytes (4 bytes, -1 for NULL) and its text in UTF-8. All numbers are big-endian.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export const dataRow = { type: 0x44, headerBytes: 7, lengthBytes: 4 } as const

/** The rows of a block as text; of each row the first `columns` values, by default all. */
export function rowsOf({ messages, rows }: RowBlock, columns = Infinity): RawRow[] {
  let from = 0
  return Array.from({ length: rows }, () => {
    let position = from + dataRow.headerBytes
    const values = Math.min(columns, messages.readUInt16BE(from + 5))
    from += 1 + messages.readInt32BE(from + 1)
    return Array.from({ length: values }, () => {
      const length = messages.readInt32BE(position)
      position += dataRow.lengthBytes
      if (length < 0) return null
      position += length
      return messages.toString('utf8', position - length, position)
    })
  })
}
