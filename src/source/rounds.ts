/**
 * Lets one of all reads go on in each round of the event loop, in their order, where there are several. A block of rows
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
      if (this.#waiting.length === 1) setImmediate(this.#next)
    })
  }

  readonly #next = (): void => {
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(this.#next)
  }
}
