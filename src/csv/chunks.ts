/** Gathers text and gives it back as UTF-8 in chunks of one size, whatever the sizes of the pieces. */
export class Chunker {
  #chunk: Buffer
  #filled = 0

  constructor(readonly size: number) {
    this.#chunk = Buffer.allocUnsafe(size)
  }

  /** Takes a piece, and gives the chunks that it has filled. */
  *add(text: string): Generator<Buffer, void, undefined> {
    // A UTF-16 unit takes three bytes at most: where that fits, no further copy is needed.
    if (this.#filled + 3 * text.length < this.size) this.#filled += this.#chunk.write(text, this.#filled)
    else yield* this.#addBytes(Buffer.from(text))
  }

  /** What is left over at the end, if anything. */
  rest(): Buffer | undefined {
    return this.#filled === 0 ? undefined : this.#chunk.subarray(0, this.#filled)
  }

  *#addBytes(bytes: Buffer): Generator<Buffer, void, undefined> {
    for (let taken = 0; taken < bytes.length;) {
      const copied = bytes.copy(this.#chunk, this.#filled, taken)
      taken += copied
      this.#filled += copied
      if (this.#filled < this.size) return
      yield this.#chunk
      // The chunk now belongs to whoever took it.
      this.#chunk = Buffer.allocUnsafe(this.size)
      this.#filled = 0
    }
  }
}
