/** What is read before the caller asks for the first chunk. */
export interface ReadAhead extends AsyncIterable<Buffer> {
  /** Ends the read of chunks that are not taken. */
  stop(): void
}

/**
 * Reads the first chunks at once, up to a number of bytes, until the first one is requested: opening a file takes round trips,
 * in which the source need not wait. It copies these chunks, because a chunk is good only until the next one is requested.
 * @param onBytes gets the number of bytes read ahead so far.
 */
export function readAhead(
  chunks: AsyncIterable<Buffer>,
  mostBytes: number,
  onBytes: (bytes: number) => void,
): ReadAhead {
  const iterator = chunks[Symbol.asyncIterator]()
  const copies: Buffer[] = []
  let pending: Promise<IteratorResult<Buffer, unknown>> | undefined
  let isWanted = false
  // The caller gets the error when it takes the chunks.
  readCopies().catch(() => {})

  async function readCopies(): Promise<void> {
    for (let bytes = 0; bytes < mostBytes && !isWanted;) {
      pending = iterator.next()
      const next = await pending
      if (isWanted || next.done) return
      pending = undefined
      copies.push(Buffer.from(next.value))
      bytes += next.value.length
      onBytes(bytes)
    }
  }

  async function* all(): AsyncGenerator<Buffer, void, undefined> {
    isWanted = true
    for (let copy = copies.shift(); copy; copy = copies.shift()) yield copy
    for (let next = await (pending ?? iterator.next()); !next.done; next = await iterator.next()) yield next.value
  }

  const stop = () => {
    isWanted = true
    // Not awaited: chunks that are blocked in a read return only when the read ends.
    Promise.resolve(iterator.return?.()).catch(() => {})
  }
  return { [Symbol.asyncIterator]: all, stop }
}
