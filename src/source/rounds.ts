/**
 * From one block to the next. Whoever does many short things, one after the other, as a small file does, gets on by so many
 * of them meanwhile; rounds in which there is nothing to do take microseconds. What it does for a small tenant beside a huge
 * one is in the table without a line of `npm run bench -- --only=tenants`.
 */
export const roundsBetween = 8

/**
 * Lets one of all reads go on after some rounds of the event loop, in their order, where there are several. A block of rows
 * takes about a millisecond to be made a part of a file: where many reads have one at a time, all that is short waits for
 * all of them. A read that is alone goes on at once.
 */
export class Rounds {
  #reads = 0
  readonly #waiting: (() => void)[] = []

  get areShared(): boolean {
    return this.#reads > 1
  }

  begin(): void {
    this.#reads += 1
  }

  end(): void {
    this.#reads -= 1
  }

  async turn(): Promise<void> {
    if (!this.areShared) return
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) this.#nextAfter(roundsBetween)
    })
  }

  #nextAfter(rounds: number): void {
    setImmediate(() => {
      if (rounds > 1) return this.#nextAfter(rounds - 1)
      this.#waiting.shift()?.()
      if (this.#waiting.length > 0) this.#nextAfter(roundsBetween)
    })
  }
}
