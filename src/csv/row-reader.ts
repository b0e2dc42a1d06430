/** Whole rows of a CSV file, line ends included; good until more are requested. */
export interface Rows {
  readonly bytes: Buffer
  readonly count: number
}

const quote = 0x22
const lineFeed = 0x0a

/** Reads a CSV file row by row from chunks of any size. A line feed within quotes ends no row. */
export class RowReader {
  readonly #chunks: AsyncIterator<Buffer>
  /** Whole rows that are still to be taken. */
  #rows: Buffer = Buffer.alloc(0)
  /** The beginning of the row after them. */
  #begun: Buffer[] = []
  #isQuoted = false

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Whether there is another row. */
  async hasMore(): Promise<boolean> {
    while (this.#rows.length === 0) {
      const next = await this.#chunks.next()
      if (next.done) return false
      const end = this.#lastRowEnd(next.value)
      // A copy: a chunk is good until the next one is requested.
      const rest = Buffer.from(next.value.subarray(end))
      if (end === 0) {
        this.#begun.push(rest)
        continue
      }
      const rows = next.value.subarray(0, end)
      this.#rows = this.#begun.length === 0 ? rows : Buffer.concat([...this.#begun, rows])
      this.#begun = rest.length === 0 ? [] : [rest]
    }
    return true
  }

  /** The rows that are read already, as many as fit into that many bytes; undefined if the next one alone does not fit. */
  take(mostBytes: number): Rows | undefined {
    return this.#taken(rowsWithin(this.#rows, mostBytes, Infinity))
  }

  /** The next row, whatever its size. `hasMore` must have said that there is one. */
  takeOne(): Rows {
    const one = this.#taken(rowsWithin(this.#rows, Infinity, 1))
    if (!one) throw new Error('there is no row to be taken')
    return one
  }

  /** Stops reading. It does not wait: chunks that are blocked in a read end only when the read ends. */
  stop(): void {
    Promise.resolve(this.#chunks.return?.()).catch(() => {})
  }

  #taken({ end, count }: { end: number; count: number }): Rows | undefined {
    if (count === 0) return undefined
    const bytes = this.#rows.subarray(0, end)
    this.#rows = this.#rows.subarray(end)
    return { bytes, count }
  }

  #lastRowEnd(chunk: Buffer): number {
    let isQuoted = this.#isQuoted
    let end = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (byte === quote) isQuoted = !isQuoted
      else if (byte === lineFeed && !isQuoted) end = at + 1
    }
    this.#isQuoted = isQuoted
    return end
  }
}

/** The rows that fit into that many bytes: where the last one ends, and how many they are. */
function rowsWithin(rows: Buffer, mostBytes: number, mostRows: number): { end: number; count: number } {
  const most = Math.min(rows.length, mostBytes)
  let isQuoted = false
  let end = 0
  let count = 0
  for (let at = 0; at < most && count < mostRows; at += 1) {
    const byte = rows[at]
    if (byte === quote) isQuoted = !isQuoted
    else if (byte === lineFeed && !isQuoted) {
      end = at + 1
      count += 1
    }
  }
  return { end, count }
}
