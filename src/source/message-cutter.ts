import { dataRow, type RowBlock } from '../domain/rows.js'

/** The type of a message (1 byte) and its length (4 bytes), which counts itself but not the type. */
const headBytes = 5

const sizeOf = (message: Buffer, at = 0): number => 1 + message.readInt32BE(at + 1)

/** Cuts the bytes of a Postgres server into messages: rows in blocks, all others one by one. */
export class MessageCutter {
  /** The pieces of a message that is not whole yet. */
  #begun: Buffer[] = []
  #begunBytes = 0
  /** The size of that message; undefined until its head is there. */
  #size: number | undefined

  constructor(
    private readonly onRows: (block: RowBlock) => void,
    private readonly onOther: (message: Buffer) => void,
  ) {}

  add(bytes: Buffer): void {
    if (this.#begunBytes === 0) return this.#cut(bytes)
    this.#size ??= sizeIfKnown(Buffer.concat([...this.#begun, bytes.subarray(0, headBytes)]))
    if (this.#size === undefined || this.#begunBytes + bytes.length < this.#size) return this.#keep(bytes)
    const missing = this.#size - this.#begunBytes
    const message = Buffer.concat([...this.rest(), bytes.subarray(0, missing)])
    this.#cut(message)
    this.#cut(bytes.subarray(missing))
  }

  /** Removes and returns the bytes of a message that is not whole yet. */
  rest(): Buffer[] {
    const rest = this.#begun
    this.#begun = []
    this.#begunBytes = 0
    this.#size = undefined
    return rest
  }

  #cut(bytes: Buffer): void {
    let position = 0
    let rowsFrom = 0
    let rows = 0
    while (position + headBytes <= bytes.length) {
      const end = position + sizeOf(bytes, position)
      if (end > bytes.length) break
      if (bytes[position] === dataRow.type) rows += 1
      else {
        if (rows > 0) this.onRows({ messages: bytes.subarray(rowsFrom, position), rows })
        this.onOther(bytes.subarray(position, end))
        rowsFrom = end
        rows = 0
      }
      position = end
    }
    if (rows > 0) this.onRows({ messages: bytes.subarray(rowsFrom, position), rows })
    if (position < bytes.length) this.#keep(bytes.subarray(position))
  }

  #keep(piece: Buffer): void {
    if (this.#begunBytes === 0) this.#size = sizeIfKnown(piece)
    this.#begun.push(Buffer.from(piece))
    this.#begunBytes += piece.length
  }
}

function sizeIfKnown(message: Buffer): number | undefined {
  return message.length < headBytes ? undefined : sizeOf(message)
}
