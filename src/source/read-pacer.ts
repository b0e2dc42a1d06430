/**
 * How often the event loop gets other work between two blocks. A small file needs many short steps, one after the other, and
 * takes this number of them meanwhile. An idle yield takes microseconds. `npm run bench -- --only=tenants` shows the effect
 * for a small tenant beside a large one, in its table without a line.
 */
export const yieldsBetween = 8

/**
 * Paces the reads of a process if there are several: in their order, one of them continues after a number of yields to the
 * event loop. It takes about a millisecond to write a block of rows to a file. If many reads took one each, every short task
 * would wait for all of them. A single read continues at once.
 */
export class ReadPacer {
  #reads = 0
  readonly #waiting: (() => void)[] = []

  get hasSeveralReads(): boolean {
    return this.#reads > 1
  }

  begin(): void {
    this.#reads += 1
  }

  end(): void {
    this.#reads -= 1
  }

  async pause(): Promise<void> {
    if (!this.hasSeveralReads) return
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) this.#nextAfter(yieldsBetween)
    })
  }

  #nextAfter(yields: number): void {
    setImmediate(() => {
      if (yields > 1) return this.#nextAfter(yields - 1)
      this.#waiting.shift()?.()
      if (this.#waiting.length > 0) this.#nextAfter(yieldsBetween)
    })
  }
}
