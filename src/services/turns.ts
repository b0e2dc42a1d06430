import { ExportError } from '../domain/errors.js'

/**
 * Lets `max` callers work at the same time; the others wait for their turn, in order.
 * @throws ExportError TEMPORAL_UNAVAILABLE for who has waited `waitMs` in vain
 */
export class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(
    max: number,
    private readonly waitMs: number,
  ) {
    this.#free = max
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await this.#wait()
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1)
        reject(new ExportError('TEMPORAL_UNAVAILABLE', 'Temporal has too much to do at the moment'))
      }, this.waitMs)
      this.#waiting.push(turn)
    })
  }
}
