/** The most that OpenSSH takes in one write. */
const chunkBytes = 261_120

/**
 * Gathers bytes and gives them back in chunks of about 256 KB, whatever the sizes of the pieces. A chunk is good until the
 * next one is asked for: memory that is used again costs nothing, while new chunks made a tenth of the work.
 */
export class Chunker {
  readonly #chunk = Buffer.allocUnsafeSlow(chunkBytes)
  #filled = 0

  /** What is left over at the end, if anything. */
  rest(): Buffer | undefined {
    return this.#filled === 0 ? undefined : this.#chunk.subarray(0, this.#filled)
  }

  /** Takes a copy of the bytes, and gives the chunks that they have filled. */
  *add(bytes: Buffer): Generator<Buffer, void, undefined> {
    for (let taken = 0; taken < bytes.length;) {
      const copied = bytes.copy(this.#chunk, this.#filled, taken)
      taken += copied
      this.#filled += copied
      if (this.#filled < chunkBytes) return
      yield this.#chunk
      this.#filled = 0
    }
  }
}
