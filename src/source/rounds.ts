/**
 * Lets one of those who wait go on in each round of the event loop, in their order. A block of rows takes about a
 * millisecond to be made a part of a file: where many reads have one at a time, all that is short waits for all of them.
 */
export class Rounds {
  readonly #waiting: (() => void)[] = []

  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) setImmediate(this.#next)
    })
  }

  readonly #next = (): void => {
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(this.#next)
  }
}
